using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Pictures;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Gateway.Video.Ffmpeg;
using LiveCommerce.Gateway.Video.Instant;
using LiveCommerce.Gateway.Video.Passes;
using LiveCommerce.Gateway.Video.Playback;
using LiveCommerce.Gateway.Video.Publishing;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Gateway.Video.Rtmp;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using LinkOptions = LiveCommerce.Actors.Links.LinkOptions;

namespace LiveCommerce.Gateway.Video;

/// <summary>Ingest, encoding and playback, and the conversion of uploaded pictures.</summary>
public static class VideoServices
{
    /// <summary>
    /// Adds the video slice. Options section: <c>Video</c>. Needs <c>ICallerAccessor</c> and <see cref="Actors.IGrainFactory"/>.
    /// </summary>
    public static IServiceCollection AddVideo(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<VideoOptions>, VideoOptionsValidator>();
        services.AddSingleton<IValidateOptions<VideoOptions>, VideoOptionsRules>();
        services.AddSingleton<IValidateOptions<VideoOptions>, EdgeOptionsRules>();
        services.AddOptions<VideoOptions>().BindConfiguration("Video", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();

        services.AddOptions<LinkOptions>().BindConfiguration("Links", binder => binder.ErrorOnUnknownConfiguration = true);

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GatewayIdentity>();
        services.TryAddSingleton<IStreamDesk, GrainStreamDesk>();
        services.AddSingleton<FfmpegCall>();
        services.AddSingleton<EncoderCheck>();
        services.AddSingleton<IEncoderCheck>(provider => provider.GetRequiredService<EncoderCheck>());
        services.AddHostedService(provider => provider.GetRequiredService<EncoderCheck>());
        services.AddSingleton<EncoderProcesses>();
        services.AddSingleton<EncodeBudget>();
        services.AddSingleton<EncoderServices>();
        services.AddSingleton<Orphans>();
        services.AddHostedService(provider => provider.GetRequiredService<Orphans>());
        services.AddSingleton<Thumbnailer>();
        services.TryAddSingleton<IRecordingDesk, GrainRecordingDesk>();
        services.AddSingleton<RecordingHome>();
        services.AddSingleton<IBroadcastFollower>(provider => provider.GetRequiredService<RecordingHome>());
        services.AddSingleton<ReplayDesk>();
        services.AddSingleton<ClipMaker>();

        // Stopped after the broadcasts, whose last segments it waits for: the last to start stops first.
        services.AddSingleton<RecordingKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<RecordingKeeper>());
        services.AddSingleton<Broadcasts>();
        services.AddSingleton<StreamMetrics>();
        services.AddHostedService(provider => provider.GetRequiredService<Broadcasts>());
        services.TryAddSingleton<IOriginDesk, GrainOriginDesk>();
        services.AddSingleton<EdgeMetrics>();
        services.AddSingleton<EdgeReach>();
        services.AddSingleton<EdgeOrigins>();
        services.AddSingleton<EdgeClient>();
        services.AddSingleton<EdgeDesk>();
        services.AddSingleton<EdgeInstant>();
        services.AddSingleton<EdgeRecordings>();
        services.AddSingleton<OriginAnnouncer>();
        services.AddSingleton<IBroadcastFollower>(provider => provider.GetRequiredService<OriginAnnouncer>());
        services.AddHostedService(provider => provider.GetRequiredService<OriginAnnouncer>());
        services.TryAddSingleton<IRoomDesk, GrainRoomDesk>();
        services.AddSingleton<PassDesk>();
        services.AddSingleton<VideoDoor>();
        services.AddSingleton<InstantFeeds>();
        services.AddSingleton<InstantEndpoint>();
        services.AddSingleton<PublishServices>();
        services.AddSingleton<RtmpPublishers>();
        services.AddSingleton<RtmpServer>();
        services.AddHostedService(provider => provider.GetRequiredService<RtmpServer>());
        services.AddSingleton<PictureNormalizer>();
        return services;
    }

    /// <summary>Maps <c>/api/rooms/{id}/publish</c> <c>/live/{streamId}/…</c>, <c>/replays/{id}/…</c> and <c>/clips/…</c>. The pipeline must have WebSockets and authentication.</summary>
    public static IEndpointRouteBuilder MapVideo(this IEndpointRouteBuilder endpoints)
    {
        endpoints.ServiceProvider.GetRequiredService<StreamMetrics>();
        endpoints.MapGet("/api/rooms/{id}/publish", (RequestDelegate)PublishEndpoint.HandleAsync).ExcludeFromDescription();
        endpoints.MapPost("/api/upload-check", (RequestDelegate)UploadCheckEndpoint.HandleAsync)
            .RequireCaller().RequireRateLimiting(RateLimits.Upload).ExcludeFromDescription();
        endpoints.MapGet($"/live/{{streamId}}/{InstantEndpoint.Name}", InstantEndpoint.Pipeline(endpoints)).ExcludeFromDescription();
        endpoints.MapMethods("/live/{streamId}/{file}", [HttpMethods.Get, HttpMethods.Head, HttpMethods.Options], (RequestDelegate)PlaybackEndpoint.HandleAsync)
            .ExcludeFromDescription();
        endpoints.MapMethods("/live/{streamId}/{rung}/{file}", [HttpMethods.Get, HttpMethods.Head, HttpMethods.Options], (RequestDelegate)PlaybackEndpoint.HandleRungAsync)
            .ExcludeFromDescription();
        endpoints.MapMethods("/replays/{recordingId}/{file}", [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)ReplayEndpoints.HandleReplayAsync)
            .ExcludeFromDescription();
        endpoints.MapMethods("/clips/{file}", [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)ReplayEndpoints.HandleClipAsync)
            .ExcludeFromDescription();
        endpoints.MapEdges();
        return endpoints;
    }
}
