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
            Append(happened);
            Tell();
        }

        return ValueTask.CompletedTask;
    }
}
