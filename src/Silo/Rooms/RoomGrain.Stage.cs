using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>Red packets and battles: what the room is told and shows.</summary>
internal sealed partial class RoomGrain
{
    private readonly RoomStage _stage = new();
    private bool _stageStale;

    public ValueTask Announce(RoomEvent happened)
    {
        // Of a newer silo's grain: nobody here could tell it to anybody.
        if (happened is EventOfANewerRelease) { return ValueTask.CompletedTask; }
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

    /// <summary>Reads on waking what there is, and again while that failed. Only a room with a broadcast has any of it.</summary>
    private async Task LoadStageAsync(CancellationToken cancellationToken)
    {
        if (State.Stream is null) { return; }
        try
        {
            var packets = GrainFactory.GetGrain<IRoomPacketsGrain>(RoomId).GetOpen().AsTask();
            var battle = GrainFactory.GetGrain<IRoomBattlesGrain>(RoomId).GetCurrent().AsTask();
            await Task.WhenAll(packets, battle).WaitAsync(GiftsLoadWithin, Time, cancellationToken);
            _stage.Restore(await packets, await battle, Time.GetUtcNow());
            _stageStale = false;
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
        {
            _stageStale = true;
            Log.StageNotRead(logger, problem, RoomId);
        }
    }
}
