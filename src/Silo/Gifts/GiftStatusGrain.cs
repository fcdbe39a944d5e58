using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Gifts;

/// <summary>Reads a gift's entry and tells what follows from it.</summary>
[Reentrant]
internal sealed class GiftStatusGrain : Grain, IGiftStatusGrain
{
    private static readonly Refusal NotFound = new(
        RefusalCode.GiftNotFound, "There is no such gift among yours. One that was refused has moved nothing: look into your wallet.");

    public async ValueTask<Result<GiftStatus>> Get(Caller caller, Guid gift)
    {
        var entry = await GrainFactory.GetGrain<ILedgerEntriesGrain>(IGiftLedgerGrain.Key).Find(gift);
        if (entry is not { Kind: LedgerEntryKind.Gift, Gift: { } memo }) { return NotFound; }

        var streamer = entry.Credits.Select(leg => leg.Account).First(account => account.Kind == LedgerAccountKind.Streamer).Owner;
        return caller.Id == memo.Sender.Id || caller.Id == streamer || caller.Operates
            ? new GiftStatus(
                gift, WalletGiftMachine.ToState(WalletGiftMachine.StageOf(entry)), memo.RoomId, memo.Sender, streamer, memo.GiftId, memo.Quantity,
                entry.Amount, entry.Reversed, entry.Rate, entry.At)
            : NotFound;
    }
}
