using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

public sealed class LedgerRulesTests
{
    private static readonly GiftMemo Memo = Gift(Ana, 10).Gift!;

    public static TheoryData<string> MalformedRequests => [.. Malformed.Keys];

    private static readonly Dictionary<string, LedgerEntry> Malformed = new()
    {
        ["nothing to move"] = Gift(Ana, 0),
        ["a negative leg"] = Gift(Ana, 10) with { Credits = [new LedgerLeg(Star, 20), new LedgerLeg(Fee, -10)] },
        ["no leg"] = Gift(Ana, 10) with { Credits = [] },
        ["four legs"] = Gift(Ana, 10) with
        {
            Credits = [new LedgerLeg(Star, 1), new LedgerLeg(Fee, 1), new LedgerLeg(Ben, 1), new LedgerLeg(Clearing, 1)],
        },
        ["legs missing"] = Gift(Ana, 10) with { Credits = null! },
        ["a sum beyond 64 bits"] = Gift(Ana, 10) with { Credits = [new LedgerLeg(Star, long.MaxValue), new LedgerLeg(Fee, 1)] },
        ["mixed units"] = Gift(Ana, 10) with { Credits = [new LedgerLeg(LedgerAccount.Sales("star"), 10)] },
        ["the payer is paid"] = Gift(Ana, 10) with { Credits = [new LedgerLeg(Ana, 10)] },
        ["the same account twice"] = Gift(Ana, 10) with { Credits = [new LedgerLeg(Star, 5), new LedgerLeg(Star, 5)] },
        ["an unknown kind"] = Gift(Ana, 10) with { Kind = (LedgerEntryKind)99 },
        ["an unknown account kind"] = Gift(Ana, 10) with { Debit = Ana with { Kind = (LedgerAccountKind)99 } },
        ["an unknown unit"] = Gift(Ana, 10) with { Debit = Ana with { Unit = (LedgerUnit)99 }, Credits = [new LedgerLeg(Star with { Unit = (LedgerUnit)99 }, 10)] },
        ["no owner"] = Gift(Ana, 10) with { Debit = default },
        ["a negative rate"] = Gift(Ana, 10) with { Rate = -1 },
        ["a gift without a memo"] = Gift(Ana, 10) with { Gift = null },
        ["a memo on a top-up"] = TopUp(Ana, 10) with { Gift = Memo },
        ["no room"] = Gift(Ana, 10) with { Gift = Memo with { RoomId = "" } },
        ["no sender"] = Gift(Ana, 10) with { Gift = Memo with { Sender = null! } },
        ["no quantity"] = Gift(Ana, 10) with { Gift = Memo with { Quantity = 0 } },
        ["a zero character"] = Gift(Ana, 10) with { Gift = Memo with { Sender = new Person("ana", "A\0na") } },
        ["half a surrogate pair"] = Gift(Ana, 10) with { Gift = Memo with { Sender = new Person("ana", "A\ud83c") } },
        ["a long name"] = Gift(Ana, 10) with { Gift = Memo with { GiftId = new string('x', LedgerRules.NameLengthMax + 1) } },
        ["a long reference"] = TopUp(Ana, 10) with { Reference = new string('x', LedgerRules.ReferenceLengthMax + 1) },
    };

    [Theory]
    [MemberData(nameof(MalformedRequests))]
    public void MalformedRequest_HasNoAmount(string what) => Assert.Null(LedgerRules.AmountOf(Malformed[what]));

    [Fact]
    public void WellFormedRequest_MovesTheSumOfItsLegs()
    {
        Assert.Equal(11, LedgerRules.AmountOf(Gift(Ana, 11)));
        Assert.Equal(long.MaxValue, LedgerRules.AmountOf(Gift(Ana, 1) with { Credits = [new LedgerLeg(Star, long.MaxValue - 1), new LedgerLeg(Fee, 1)] }));
        Assert.Equal(5, LedgerRules.AmountOf(Gift(Ana, 1) with { Credits = [new LedgerLeg(Star, 5), new LedgerLeg(Fee, 0)] }));
        Assert.Equal(1, LedgerRules.AmountOf(Gift(Ana, 1) with { Gift = Memo with { Sender = new Person("ana", "Ana 🌹 \ufffd") } }));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-24 * 3600, true)]
    [InlineData((-24 * 3600) - 1, false)]
    [InlineData(5 * 60, true)]
    [InlineData((5 * 60) + 1, false)]
    public void KeyTime_MustBeWithinTheWindow(int secondsFromNow, bool allowed) =>
        Assert.Equal(allowed, LedgerRules.IsKeyInTime(Key(Noon.AddSeconds(secondsFromNow)), Noon));

    [Fact]
    public void KeyWithoutATime_IsOutOfTime()
    {
        Assert.False(LedgerRules.IsKeyInTime(Guid.Empty, Noon));
        Assert.False(LedgerRules.IsKeyInTime(Guid.NewGuid(), Noon));
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), LedgerRules.KeyTime(Key(Noon)));
    }
}
