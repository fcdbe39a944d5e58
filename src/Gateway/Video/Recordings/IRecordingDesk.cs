using LiveCommerce.Actors;
using LiveCommerce.Contracts.Recordings;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>Where it is decided what is recorded and what becomes of it.</summary>
internal interface IRecordingDesk
{
    /// <summary>The recording of a broadcast.</summary>
    IRecordingGrain Recording(string recordingId);

    /// <summary>A clip.</summary>
    IClipGrain Clip(string clipId);

    /// <summary>What lies in a place.</summary>
    IRecordingPlaceGrain Place(string placeId);
}

/// <summary>The grains; found when they are first needed, so that video works where nothing is recorded and no silo is.</summary>
internal sealed class GrainRecordingDesk(IServiceProvider services) : IRecordingDesk
{
    private IGrainFactory Grains => services.GetRequiredService<IGrainFactory>();

    public IRecordingGrain Recording(string recordingId) => Grains.GetGrain<IRecordingGrain>(recordingId);

    public IClipGrain Clip(string clipId) => Grains.GetGrain<IClipGrain>(clipId);

    public IRecordingPlaceGrain Place(string placeId) => Grains.GetGrain<IRecordingPlaceGrain>(placeId);
}
