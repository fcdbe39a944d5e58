using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>Where rooms give and take the right to publish.</summary>
internal interface IStreamDesk
{
    /// <summary>Asks for the right to publish.</summary>
    ValueTask<Result<StreamLease>> OpenAsync(string roomId, PublishRequest request);

    /// <summary>Tells the room how its stream is, and keeps the right. False: the right is gone.</summary>
    ValueTask<bool> ReportAsync(string roomId, string streamId, StreamPhase phase);

    /// <summary>Tells the room how its stream goes, for its owner.</summary>
    ValueTask TellHealthAsync(string roomId, string streamId, StreamHealth health);

    /// <summary>Gives the right back: the broadcast is over.</summary>
    ValueTask CloseAsync(string roomId, string streamId);
}

/// <summary>The room grains.</summary>
internal sealed class GrainStreamDesk(IGrainFactory grains) : IStreamDesk
{
    /// <inheritdoc/>
    public ValueTask<Result<StreamLease>> OpenAsync(string roomId, PublishRequest request) =>
        grains.GetGrain<IRoomGrain>(roomId).OpenStream(request);

    /// <inheritdoc/>
    public ValueTask<bool> ReportAsync(string roomId, string streamId, StreamPhase phase) =>
        grains.GetGrain<IRoomGrain>(roomId).ReportStream(streamId, phase);

    /// <inheritdoc/>
    public ValueTask TellHealthAsync(string roomId, string streamId, StreamHealth health) =>
        grains.GetGrain<IRoomGrain>(roomId).TellHealth(streamId, health);

    /// <inheritdoc/>
    public ValueTask CloseAsync(string roomId, string streamId) =>
        grains.GetGrain<IRoomGrain>(roomId).CloseStream(streamId);
}
