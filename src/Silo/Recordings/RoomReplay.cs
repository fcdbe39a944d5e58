using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Recordings;

/// <summary>Which events of a room a replay shows again, beside the chat. Knows no clock; one for each activation of a room.</summary>
internal sealed class RoomReplay(Action<ReplayLine> keep)
{
    private string? _streamId;
    private string? _pinned;
    private int _kept;

    /// <summary>Takes an event as it was numbered.</summary>
    /// <param name="streamId">The broadcast that it belongs to; null: none, and nothing is kept.</param>
    public void Note(string? streamId, RoomEvent happened)
    {
        if (streamId is null) { return; }
        if (streamId != _streamId)
        {
            (_streamId, _pinned, _kept) = (streamId, null, 0);
        }

        switch (happened)
        {
            // Told again when its price or stock changes: that is no news in a replay, which asks for today's card.
            case ProductPinned pinned when pinned.Card.ProductId != _pinned:
                _pinned = pinned.Card.ProductId;
                Keep($"pin:{happened.At.UtcTicks}", ReplayKind.Pinned, null, happened);
                break;
            case ProductUnpinned:
                _pinned = null;
                Keep($"pin:{happened.At.UtcTicks}", ReplayKind.Unpinned, null, happened);
                break;

            // Of a combo the newest event stands for all: it has the key of the first.
            case GiftSent gift:
                Keep($"gift:{gift.Key:N}", ReplayKind.Gift, gift.Sender.Id, happened);
                break;
            case OrderPaid order:
                Keep($"order:{order.OrderId}", ReplayKind.Order, null, happened);
                break;
            case GoalChanged { Goal: { } goal } when goal.ReachedAt is not null || goal.Coins == 0:
                Keep($"goal:{goal.GoalId}:{(goal.ReachedAt is null ? "set" : "reached")}", ReplayKind.Goal, null, happened);
                break;
        }
    }

    private void Keep(string key, ReplayKind kind, string? accountId, RoomEvent happened)
    {
        if (_kept++ < ReplayEventStore.EventsMax) { keep(new ReplayLine(_streamId!, key, happened.At, kind, accountId, happened)); }
    }
}
