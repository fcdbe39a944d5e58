using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Gifts;

/// <summary>Takes the gifts of one room. Keeps nothing but the rate for a moment: who pays what is the ledger's, who may give is the room's.</summary>
[Reentrant]
internal sealed class GiftDesk : Grain, IGiftDesk
{
    /// <summary>After how many milliseconds a gift that found the ledger busy may be sent again.</summary>
    private const long BusyRetryMs = 200;

    private RateQuote? _quote;

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private string RoomId => GetPrimaryKeyString();

    /// <inheritdoc/>
    /// <remarks>
    /// Refused in this order, the first that applies is the answer: KeyReused, GiftUnknown, AmountNotAllowed, PriceChanged,
    /// RoomNotFound, Banned, Muted, OwnRoom, StreamNotLive, the giver's limits, and last what only the ledger knows. Gifts are taken while the
    /// stream is live, or interrupted: then its viewers are still there and the publisher may be back in a moment.
    /// </remarks>
    public async ValueTask<Result<GiftReceipt>> Send(Caller caller, SendGift gift)
    {
        var answer = await SendOnceAsync(caller, gift);
        SiloMetrics.Gift(answer.Refusal?.Name ?? "given");
        return answer;
    }

    private async ValueTask<Result<GiftReceipt>> SendOnceAsync(Caller caller, SendGift gift)
    {
        var fingerprint = FingerprintOf(caller.Id, gift);
        var chosen = GiftRules.Choose(gift.GiftId, gift.Quantity, gift.UnitPrice);
        if (!chosen.Ok) { return await RecallOrAsync(gift, fingerprint, chosen.Refusal); }

        var room = await GrainFactory.GetGrain<IRoomGrain>(RoomId).GetGivingPlace(caller.Id, caller.Moderates);
        if (GiftRules.Refuse(caller, room, Time.GetUtcNow()) is { } refusal) { return await RecallOrAsync(gift, fingerprint, refusal); }

        var coins = chosen.Value.Price * gift.Quantity;
        var streamerId = room.Value!.Owner.Id;
        var rate = await RateOfAsync(streamerId);
        var limits = GrainFactory.GetGrain<IGivingLimitsGrain>(caller.Id);
        var taken = await limits.Take(gift.Key, streamerId, coins);
        if (!taken.Ok) { return await RecallOrAsync(gift, fingerprint, taken.Refusal); }

        // Only the ledger sees every spend of this wallet, so it decides. Nothing above has had an effect but on the count.
        var entry = new LedgerEntry(
            gift.Key, fingerprint, LedgerEntryKind.Gift, LedgerAccount.Coins(caller.Id),
            GiftShares.Split(streamerId, coins, rate), rate.Rate,
            new GiftMemo(RoomId, caller.Person, gift.GiftId, gift.Quantity));

        // The ledger tells the room after its commit; should that be lost, the room finds the gift in the ledger by itself.
        var answer = await Ledger.Post(entry);
        if (answer is not { Outcome: LedgerOutcome.Moved, IsRepeat: false }) { await limits.TryFailed(gift.Key); } // counted with the try that paid, if one has
        else if (taken.Value.IsOfAnotherDay) { await limits.PaidToday(gift.Key); }
        return Answer(gift, answer, answer.IsRepeat ? null : taken.Value.Left);
    }

    // A retry gets its first answer whatever has changed since: by now the sender may be muted or the stream over, but the coins have
    // moved. Only a refusal has to ask: the ledger itself answers a key that it knows alike.
    private async ValueTask<Result<GiftReceipt>> RecallOrAsync(SendGift gift, long fingerprint, Refusal refusal) =>
        await Ledger.Recall(gift.Key, fingerprint) is { } earlier ? Answer(gift, earlier) : refusal;

    private async ValueTask<ShareRate> RateOfAsync(string streamerId)
    {
        if (_quote is { } known && known.StreamerId == streamerId && known.Until > Time.GetUtcNow()) { return known.Rate; }
        var quote = await GrainFactory.GetGrain<IRateBookGrain>(IRateBookGrain.Key).GetQuote(streamerId);
        _quote = quote;
        return quote.Rate;
    }

    private static Result<GiftReceipt> Answer(SendGift gift, LedgerAnswer ledger, GivingLeft? left = null) => ledger.Outcome switch
    {
        LedgerOutcome.Moved => new GiftReceipt(gift.Key, ledger.Amount, ledger.Balance, left is { Near: true } ? left : null),
        LedgerOutcome.KeyReused => new Refusal(RefusalCode.KeyReused, "This key belongs to another gift. Send yours with a new key."),
        LedgerOutcome.KeyOutOfTime => new Refusal(
            RefusalCode.KeyOutOfTime, "This gift was made too long ago or by a wrong clock. Look at your wallet, then send a new one."),
        LedgerOutcome.Malformed => new Refusal(RefusalCode.Malformed, "The ledger can't read this gift. Reload the page and send a new one."),
        LedgerOutcome.Frozen => new Refusal(RefusalCode.AccountFrozen, "Your coins are frozen while a payment is looked into. Write to the operator."),
        LedgerOutcome.Insufficient => InsufficientCoins(ledger.Balance, ledger.Amount),
        LedgerOutcome.Busy => new Refusal(RefusalCode.Busy, "Very many gifts come in at this moment. Send yours again with the same key.")
        {
            RetryAfterMs = BusyRetryMs,
        },
        _ => throw new UnreachableException($"The ledger answered {ledger.Outcome} to a gift."), // a new outcome is never a yes
    };

    private static Refusal InsufficientCoins(long balance, long price) => new(
        RefusalCode.InsufficientCoins,
        $"You have {balance} coins and this gift costs {price}. Top up {price - balance}, or choose another.")
    {
        Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["balance"] = balance, ["price"] = price },
    };

    // What the sender decided, and nothing that may change between two tries.
    private long FingerprintOf(string senderId, SendGift gift)
    {
        Span<byte> usual = stackalloc byte[256];
        var request = Utf8.TryWrite(
            usual, CultureInfo.InvariantCulture, $"{senderId}\n{RoomId}\n{gift.GiftId}\n{gift.Quantity}\n{gift.UnitPrice}", out var length)
            ? usual[..length]
            : Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"{senderId}\n{RoomId}\n{gift.GiftId}\n{gift.Quantity}\n{gift.UnitPrice}"));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(request, hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }
}
