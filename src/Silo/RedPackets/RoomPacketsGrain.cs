using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.RedPackets;

namespace LiveCommerce.Silo.RedPackets;

/// <summary>What is stored: the packets of a room that are not known to be over, oldest first.</summary>
internal sealed class RoomPacketsState
{
    public List<RoomPacket> Packets { get; set; } = [];
}

/// <summary>A packet that has a place in a room.</summary>
internal sealed record RoomPacket(string PacketId, DateTimeOffset TakenAt);

/// <summary>Keeps the list, so that a room that wakes finds its packets and has few at once.</summary>
internal sealed class RoomPacketsGrain([PersistentState("packets")] IPersistentState<RoomPacketsState> state) : Grain, IRoomPacketsGrain
{
    /// <summary>How long a place waits for a packet that was never stored: its sender was cut off.</summary>
    public static readonly TimeSpan StoredWithin = TimeSpan.FromMinutes(1);

    private List<RoomPacket> Packets => state.State.Packets;

    public async ValueTask<Result<Done>> Take(string packetId)
    {
        if (Packets.Exists(packet => packet.PacketId == packetId)) { return Done.Value; }
        if (Packets.Count >= RedPacketLimits.OpenInRoomMax) { await ForgetAsync(); }
        if (Packets.Count >= RedPacketLimits.OpenInRoomMax)
        {
            return new Refusal(
                RefusalCode.TooManyPackets, $"There are {Packets.Count} red packets in this room already. Send yours when one of them is over.");
        }

        Packets.Add(new RoomPacket(packetId, Time.GetUtcNow()));
        await state.WriteStateAsync();
        return Done.Value;
    }

    public async ValueTask Leave(string packetId)
    {
        if (Packets.RemoveAll(packet => packet.PacketId == packetId) > 0) { await state.WriteStateAsync(); }
    }

    public async ValueTask<IReadOnlyList<RedPacketCard>> GetOpen()
    {
        var views = await AskAsync();
        return [.. views.Where(view => view.Value is { Phase: RedPacketPhase.Open }).Select(view => view.Value!.Card)];
    }

    // Those that are over, and those whose sender was cut off before there was one.
    private async Task ForgetAsync()
    {
        var asked = Packets.ToList();
        var views = await AskAsync();
        var now = Time.GetUtcNow();
        for (var place = 0; place < asked.Count; place++)
        {
            var isGone = views[place].Value is { } view ? view.Phase == RedPacketPhase.Over : now - asked[place].TakenAt >= StoredWithin;
            if (isGone) { Packets.Remove(asked[place]); }
        }
    }

    private Task<Result<RedPacketView>[]> AskAsync() =>
        Task.WhenAll(Packets.Select(packet => GrainFactory.GetGrain<IRedPacketGrain>(packet.PacketId).Get().AsTask()));
}
