using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Gifts;

/// <summary>Takes the gifts of one room. Keeps nothing: who pays what is the ledger's, who may give is the room's.</summary>
[Reentrant]
internal sealed class GiftDesk : Grain, IGiftDesk
{
    /// <summary>After how many milliseconds a gift that found the ledger busy may be sent again.</summary>
    private const long BusyRetryMs = 200;

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private IRoomGrain Room => GrainFactory.GetGrain<IRoomGrain>(GetPrimaryKeyString());

    /// <inheritdoc/>
    /// <remarks>
    /// Refused in this order, the first that applies is the answer: KeyReused, GiftUnknown, AmountNotAllowed, PriceChanged,
    /// RoomNotFound, Banned, Muted, OwnRoom, StreamNotLive, the giver's limits, and last what only the ledger knows. Gifts are taken while the
    /// stream is live, or interrupted: then its viewers are still there and the publisher may be back in a moment.
    /// </remarks>
    public async ValueTask<Result<GiftReceipt>> Send(Caller caller, SendGift gift)
    {
        // A retry gets its first answer whatever has changed since: by now the sender may be muted or the stream over, but the
        // coins have moved.
        var fingerprint = FingerprintOf(caller.Id, gift);
        if (await Ledger.Recall(gift.Key, fingerprint) is { } earlier) { return Answer(gift, earlier); }

        var chosen = GiftRules.Choose(gift.GiftId, gift.Quantity, gift.UnitPrice);
        if (!chosen.Ok) { return chosen.Refusal; }

        var asked = Room.Get();
        var standing = await Room.GetStanding(caller.Id);
        var room = await asked;
        if (!room.Ok) { return room.Refusal; }
        if (GiftRules.Refuse(caller, room.Value, standing, Time.GetUtcNow()) is { } refusal) { return refusal; }

        var coins = chosen.Value.Price * gift.Quantity;
        var rate = await GrainFactory.GetGrain<IRateBookGrain>(IRateBookGrain.Key).GetRate(room.Value.Owner.Id);
        var limits = GrainFactory.GetGrain<IGivingLimitsGrain>(caller.Id);
        var left = await limits.Take(gift.Key, room.Value.Owner.Id, coins);
        if (!left.Ok) { return left.Refusal; }

        // Only the ledger sees every spend of this wallet, so it decides. Nothing above has had an effect but on the count.
        var entry = new LedgerEntry(
            gift.Key, fingerprint, LedgerEntryKind.Gift, LedgerAccount.Coins(caller.Id),
            GiftShares.Split(room.Value.Owner.Id, coins, rate), rate.Rate,
            new GiftMemo(room.Value.RoomId, caller.Person, gift.GiftId, gift.Quantity));

        // The ledger tells the room after its commit; should that be lost, the room finds the gift in the ledger by itself.
        var answer = await Ledger.Post(entry);
        if (answer.Outcome != LedgerOutcome.Moved) { await limits.GiveBack(gift.Key); }
        return Answer(gift, answer, left.Value);
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
        var request = $"{senderId}\n{GetPrimaryKeyString()}\n{gift.GiftId}\n{gift.Quantity}\n{gift.UnitPrice}";
        return BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(request)));
    }
}
