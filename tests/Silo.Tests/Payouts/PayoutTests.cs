using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payouts;

/// <summary>Withdrawing earnings, with the real ledger and the sandbox over HTTP.</summary>
public sealed class PayoutTests
{
    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task Earnings_GoFromTheLedgerToTheBank(SqlDialect dialect)
    {
        await using var world = await PayoutWorld.ReadyAsync(dialect);
        await world.EarnAsync(700, LedgerUnit.UsdCents);
        var floatBefore = await world.Balance(LedgerAccount.CoinFloat(LedgerUnit.UsdCents));
        var id = world.Payments.NewKey();

        var sent = await world.PayOut(2_000, 500, id);

        Assert.Equal((PayoutState.Transferred, 2_000L, 2_500L), (sent.State, sent.CoinsMinor, sent.AmountMinor));
        Assert.Equal((1_000L, 200L), (await world.Available(), await world.Available(LedgerUnit.UsdCents)));
        Assert.Equal((0L, 0L), (await world.Held(), await world.Held(LedgerUnit.UsdCents)));
        Assert.Equal(2_000, await world.Balance(LedgerAccount.PaidOut(LedgerUnit.Coins)));
        Assert.Equal(floatBefore - 2_000, await world.Balance(LedgerAccount.CoinFloat(LedgerUnit.UsdCents)));
        var transfer = Assert.Single(await world.Transfers());
        Assert.Equal((2_500L, "usd", $"payout:{id}", id), (transfer.Amount, transfer.Currency, transfer.TransferGroup, transfer.Metadata!["payout_id"]));

        var paid = await world.UntilState(id, PayoutState.BankPaid);

        Assert.NotNull(paid.ArrivesAt);
        Assert.Null(paid.Problem);
        await Until(async () => await world.Payments.DueTime("Payout", id) is null);
        Assert.Equal([id], (await world.Desk.ListMine(world.Star, 10)).Payouts.Select(one => one.PayoutId));
        await world.AuditAsync();
    }

    [Fact]
    public async Task WithoutWebhooks_ThePayoutReachesTheBankAllTheSame()
    {
        await using var world = await PayoutWorld.ReadyAsync(sendWebhooks: false);
        var id = world.Payments.NewKey();

        await world.PayOut(1_500, id: id);

        await world.UntilState(id, PayoutState.BankPaid);
        await world.AuditAsync();
    }

    [Fact]
    public async Task RequestThatCannotBe_MovesNothingAndSaysWhatToDo()
    {
        await using var world = await PayoutWorld.ReadyAsync();
        await world.EarnAsync(50, LedgerUnit.UsdCents);

        var small = Refused(await world.TryPayOut(999));
        Assert.Equal((RefusalCode.PayoutTooSmall, 1_000L), (small.Code, small.Amounts!["minimum"]));
        Assert.Equal("A payout is at least $10.00 and this is $9.99. Choose more, or wait for more earnings.", small.Message);
        var large = Refused(await world.TryPayOut(3_001));
        Assert.Equal((RefusalCode.PayoutAboveAvailable, 3_000L, 50L), (large.Code, large.Amounts!["coins"], large.Amounts["salesMinor"]));
        Assert.Equal(RefusalCode.PayoutAboveAvailable, Refused(await world.TryPayOut(1_000, 51)).Code);
        Assert.Equal(RefusalCode.Malformed, Refused(await world.TryPayOut(-1, 2_000)).Code);
        Assert.Equal(RefusalCode.Malformed, Refused(await world.TryPayOut(0)).Code);
        Assert.Equal(RefusalCode.Malformed, Refused(await world.TryPayOut(long.MaxValue, long.MaxValue)).Code);
        Assert.Equal(RefusalCode.Malformed, Refused(await world.TryPayOut(1_000, id: "no-key")).Code);
        Assert.Equal(RefusalCode.KeyOutOfTime, Refused(await world.TryPayOut(1_000, id: Guid.CreateVersion7(DateTimeOffset.UtcNow.AddDays(-3)).ToString("N"))).Code);
        Assert.Equal(RefusalCode.PayoutAccountNeeded, Refused(await world.TryPayOut(1_000, caller: Person("Nobody"))).Code);
        await world.FreezeAsync();
        Assert.Equal(RefusalCode.AccountFrozen, Refused(await world.TryPayOut(1_000)).Code);

        Assert.Empty(await world.Transfers());
        Assert.Empty((await world.Desk.ListMine(world.Star, 10)).Payouts);
        Assert.Equal((3_000L, 0L), (await world.Available(), await world.Held()));
        await world.AuditAsync();
    }

    [Fact]
    public async Task SameRequestAgain_GetsTodaysStateAndIsSentOnce()
    {
        await using var world = await PayoutWorld.ReadyAsync();
        var id = world.Payments.NewKey();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => world.PayOut(1_000, id: id)));
        await world.Payments.RestartAsync();
        var later = await world.PayOut(1_000, id: id);

        Assert.All(answers.Append(later), answer => Assert.Equal(id, answer.PayoutId));
        Assert.Equal(RefusalCode.KeyReused, Refused(await world.TryPayOut(1_001, id: id)).Code);
        Assert.Equal(RefusalCode.KeyReused, Refused(await world.TryPayOut(1_000, id: id, caller: Person("Other"))).Code);
        Assert.Equal(RefusalCode.PayoutNotFound, Refused(await world.Grain(id).Get(Person("Other"))).Code);
        Assert.Single(await world.Transfers());
        Assert.Equal(2_000, await world.Available());
        await world.AuditAsync();
    }

    [Fact]
    public async Task PayoutsAtOnce_AreOneAtATime()
    {
        await using var world = await PayoutWorld.ReadyAsync(settings: ("Payouts:SecondApproverAboveMinor", "0"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => await world.TryPayOut(1_000)));

        Assert.Single(answers, answer => answer.Ok);
        Assert.All(answers.Where(answer => !answer.Ok), answer => Assert.Equal(RefusalCode.PayoutRunning, answer.Refusal!.Code));
        Assert.Equal((2_000L, 1_000L), (await world.Available(), await world.Held()));
        await world.AuditAsync();
    }

    [Fact]
    public async Task PublishedRate_DecidesWhatCoinsArePaidAs()
    {
        await using var world = await PayoutWorld.ReadyAsync(settings: ("Payouts:MinorPerHundredCoins", "55"));

        var payout = await world.PayOut(1_999);

        Assert.Equal((1_999L, 1_099L, 1_099L), (payout.Coins, payout.CoinsMinor, payout.AmountMinor));
        Assert.Equal(55, (await world.AccountAsync()).Terms.MinorPerHundredCoins);
        Assert.Equal(1_099, Assert.Single(await world.Transfers()).Amount);
        Assert.Equal(1_999, await world.Balance(LedgerAccount.PaidOut(LedgerUnit.Coins)));
        await world.AuditAsync();
    }

    [Fact]
    public async Task LargePayout_WaitsForAnOperatorOtherThanTheOneWhoAsked()
    {
        await using var world = await PayoutWorld.ReadyAsync(settings: ("Payouts:SecondApproverAboveMinor", "2000"));
        var id = world.Payments.NewKey();

        var waiting = await world.PayOut(2_001, id: id);

        Assert.Equal((PayoutState.WaitingForApproval, true), (waiting.State, waiting.NeedsApproval));
        Assert.Empty(await world.Transfers());
        Assert.Equal((999L, 2_001L), (await world.Available(), await world.Held()));
        Assert.Equal(RefusalCode.NotAllowed, Refused(await world.Grain(id).Approve(world.Star)).Code);
        Assert.Equal(RefusalCode.OwnPayout, Refused(await world.Grain(id).Approve(world.Star with { Role = PlatformRole.Operator })).Code);
        Assert.Equal(RefusalCode.NotAllowed, Refused(await world.Desk.ListWaiting(world.Star, 10)).Code);
        Assert.Equal(id, Assert.Single(Value(await world.Desk.ListWaiting(world.Operator, 10)).Payouts).PayoutId);

        var tooNew = world.Operator with { ApprovesFrom = DateTimeOffset.MaxValue };
        Assert.Equal(RefusalCode.OperatorWaits, Refused(await world.Grain(id).Approve(tooNew)).Code);

        await world.Payments.RestartAsync();
        var approved = Value(await world.Grain(id).Approve(world.Operator));
        var again = Value(await world.Grain(id).Approve(world.Operator));

        Assert.Equal((PayoutState.Transferred, world.Operator.Person), (approved.State, approved.DecidedBy));
        Assert.Equal(PayoutState.Transferred, again.State);
        Assert.Equal(RefusalCode.PayoutDecided, Refused(await world.Grain(id).Decline(world.Operator, new DeclinePayout("too late"))).Code);
        Assert.Empty(Value(await world.Desk.ListWaiting(world.Operator, 10)).Payouts);
        Assert.Single(await world.Transfers());
        await world.AuditAsync();
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task SmallPayoutsOfOneDay_WaitForAnOperatorWhenTheyAreLargeTogether(SqlDialect dialect)
    {
        await using var world = await PayoutWorld.ReadyAsync(dialect, coins: 8_000, settings: ("Payouts:SecondApproverAboveMinor", "2000"));
        var id = world.Payments.NewKey();
        await world.PayOut(2_001, id: id);
        Value(await world.Grain(id).Decline(world.Operator, new DeclinePayout("Not so much.")));

        // What was declined does not count.
        Assert.Equal(PayoutState.Transferred, (await world.PayOut(1_000)).State);
        Assert.Equal(PayoutState.Transferred, (await world.PayOut(1_000)).State);
        var third = world.Payments.NewKey();
        var waiting = await world.PayOut(1_000, id: third);
        Assert.Equal((PayoutState.WaitingForApproval, true), (waiting.State, waiting.NeedsApproval));
        Assert.Equal(PayoutState.Transferred, Value(await world.Grain(third).Approve(world.Operator)).State);

        await world.Payments.WakeAfter(TimeSpan.FromHours(25));
        Assert.Equal(PayoutState.Transferred, (await world.PayOut(1_000)).State);
        await world.AuditAsync();
    }

    [Fact]
    public async Task DeclinedPayout_GivesTheEarningsBackAndSaysWhy()
    {
        await using var world = await PayoutWorld.ReadyAsync(settings: ("Payouts:SecondApproverAboveMinor", "0"));
        await world.EarnAsync(900, LedgerUnit.UsdCents);
        var id = world.Payments.NewKey();
        await world.PayOut(1_500, 900, id);
        Assert.Equal(RefusalCode.Malformed, Refused(await world.Grain(id).Decline(world.Operator, new DeclinePayout(""))).Code);

        var declined = Value(await world.Grain(id).Decline(world.Operator, new DeclinePayout("The name of the bank account is another.")));

        Assert.Equal((PayoutState.Declined, "The name of the bank account is another."), (declined.State, declined.Problem));
        Assert.Equal((3_000L, 900L, 0L), (await world.Available(), await world.Available(LedgerUnit.UsdCents), await world.Held()));
        Assert.Equal(RefusalCode.PayoutDecided, Refused(await world.Grain(id).Approve(world.Operator)).Code);
        Assert.Empty(await world.Transfers());
        Assert.Equal(PayoutState.WaitingForApproval, (await world.PayOut(1_000)).State);
        await world.AuditAsync();
    }

    [Fact]
    public async Task ApprovalThatNeverComes_GivesTheEarningsBackInTheEnd()
    {
        await using var world = await PayoutWorld.ReadyAsync(settings: ("Payouts:SecondApproverAboveMinor", "0"));
        var id = world.Payments.NewKey();
        await world.PayOut(1_500, id: id);

        await world.Payments.WakeAfter(TimeSpan.FromDays(61));

        Assert.Equal(PayoutState.Canceled, (await world.Find(id)).State);
        Assert.Equal((3_000L, 0L), (await world.Available(), await world.Held()));
        await world.AuditAsync();
    }
}
