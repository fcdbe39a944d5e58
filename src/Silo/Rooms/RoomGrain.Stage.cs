using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>Red packets and battles: what the room is told and shows.</summary>
internal sealed partial class RoomGrain
{
    private readonly RoomStage _stage = new();

    public ValueTask Announce(RoomEvent happened)
    {
        if (State.Owner is not null && _stage.Take(happened, Time.GetUtcNow()))
        {
            // Many grab at once, and both sides' gifts count: of a tick, viewers need the last word only.
            switch (happened)
            {
                case RedPacketMoved moved:
                    AppendNewest(new FeedSlot("packetMoved", moved.PacketId), moved);
                    break;
                case BattleChanged changed:
                    AppendNewest(new FeedSlot("battle", changed.Battle.BattleId), changed);
                    break;
                default:
                    Append(happened);
                    break;
            }

            Tell();
        }

        return ValueTask.CompletedTask;
    }
}
