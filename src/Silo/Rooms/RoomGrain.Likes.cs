using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>Likes: summed by the gateways, counted here.</summary>
internal sealed partial class RoomGrain
{
    private static readonly FeedSlot LikesSlot = new("likes");

    public ValueTask Like(int count)
    {
        if (State.Owner is null || count < 1) { return ValueTask.CompletedTask; }

        State.Likes = Math.Min(State.Likes, long.MaxValue - count) + count;
        SaveLater();
        AppendNewest(LikesSlot, new LikesCounted(State.Likes));
        Tell();
        return ValueTask.CompletedTask;
    }
}
