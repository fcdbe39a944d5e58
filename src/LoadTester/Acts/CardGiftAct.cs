using LiveCommerce.Contracts.Gifts;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Acts;

/// <summary>People give a large gift by card, all at once.</summary>
/// <param name="card">With which they pay.</param>
internal sealed class CardGiftAct(Load load, ActPlan plan, RoomLoad room, string card) : Act(load, plan, room)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<(Actor Sender, string Id)> _gifts = [];

    public override string Promise => "every card gift is settled, once, at its price";

    private GiftItem Item => Load.Gallery.First(item => item.GiftId == Plan.Gift);

    public override async Task<string?> DoAsync(CancellationToken cancellationToken)
    {
        var gift = new CardGiftCall(Item.GiftId, Quantity: 1, Item.Price, Item.PriceMinor, card, "/");
        var started = await Task.WhenAll(Actors.Select(actor => actor.Api.GiveByCardAsync(Room.RoomId, gift, cancellationToken)));
        _gifts.AddRange(Actors.Zip(started).Where(one => one.Second.Ok).Select(one => (one.First, one.Second.Value!.CardGiftId)));
        return started.FirstOrDefault(one => !one.Ok)?.Refusal?.Message;
    }

    public override async Task<ActVerdict> ProveAsync(IReadOnlyList<WalletProof> wallets, CancellationToken cancellationToken)
    {
        foreach (var (sender, id) in _gifts)
        {
            var gift = await UntilAsync(
                () => sender.Api.GetCardGiftAsync(id, cancellationToken), view => view.State is CardGiftState.Settled or CardGiftState.Failed or CardGiftState.Canceled,
                Patience, cancellationToken);
            if (!gift.Ok) { return ActVerdict.Of(gift.Refusal.Message, ""); }
            if (gift.Value is not { State: CardGiftState.Settled, SettledAt: not null } view || (view.Coins, view.PriceMinor) != (Item.Price, Item.PriceMinor))
            {
                return ActVerdict.Of($"card gift {id} is {gift.Value.State}: {gift.Value.Coins} coins for {gift.Value.PriceMinor} cents", "");
            }
        }

        return ActVerdict.Of(_gifts.Count == Plan.People ? null : $"{_gifts.Count} of {Plan.People} were started", $"{_gifts.Count} gifts of {Item.Price} coins");
    }
}
