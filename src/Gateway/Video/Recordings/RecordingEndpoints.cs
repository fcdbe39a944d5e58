using LiveCommerce.Actors;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>Replays and clips, and what their owners do with them.</summary>
internal static class RecordingEndpoints
{
    /// <summary>Maps them below <c>/api</c>.</summary>
    public static void MapRecordings(this IEndpointRouteBuilder api)
    {
        api.MapGet("/rooms/{roomId:id}/recordings", List).WithName("listRecordings");
        api.MapGet("/rooms/{roomId:id}/recordings/all", ListAll).WithName("listAllRecordings").RequireCaller();
        api.MapPut("/rooms/{roomId:id}/recordings/settings", SetSettings).WithName("setRecordingSettings").RequireCaller();
        api.MapGet("/recordings/{recordingId:id}", Get).WithName("getRecording");
        api.MapPut("/recordings/{recordingId:id}/keep", Keep).WithName("keepRecording").RequireCaller();
        api.MapPut("/recordings/{recordingId:id}/audience", SetAudience).WithName("setRecordingAudience").RequireCaller();
        api.MapDelete("/recordings/{recordingId:id}", Delete).WithName("deleteRecording").RequireCaller();
        api.MapPost("/recordings/{recordingId:id}/take-down", TakeDown).WithName("takeRecordingDown").RequireCaller();
        api.MapPost("/rooms/{roomId:id}/clips", ClipLive).WithName("makeClip").RequireCaller().RequireKey();
        api.MapPost("/recordings/{recordingId:id}/clips", ClipReplay).WithName("makeClipOfReplay").RequireCaller().RequireKey();
        api.MapGet("/clips/{clipId:id}", GetClip).WithName("getClip");
        api.MapPut("/clips/{clipId:id}/audience", SetClipAudience).WithName("setClipAudience").RequireCaller();
        api.MapDelete("/clips/{clipId:id}", DeleteClip).WithName("deleteClip").RequireCaller();
    }

    private static async Task<Results<Ok<RecordingList>, RefusalResult>> List(string roomId, HttpContext context, IGrainFactory grains) =>
        (await OfRoom(grains, roomId).List(context.Session().Caller)).ToHttp();

    private static async Task<Results<Ok<RecordingDesk>, RefusalResult>> ListAll(string roomId, HttpContext context, IGrainFactory grains) =>
        (await OfRoom(grains, roomId).ListAll(context.Caller())).ToHttp();

    private static async Task<Results<Ok<RecordingSettings>, RefusalResult>> SetSettings(
        string roomId, RecordingSettings settings, HttpContext context, IGrainFactory grains) =>
        (await OfRoom(grains, roomId).SetSettings(context.Caller(), settings)).ToHttp();

    private static async Task<Results<Ok<ReplayView>, RefusalResult>> Get(string recordingId, HttpContext context, ReplayDesk desk) =>
        (await desk.GetAsync(context.Session().Caller, recordingId, context.RequestAborted)).ToHttp();

    private static async Task<Results<Ok<RecordingView>, RefusalResult>> Keep(string recordingId, KeepRecording keep, HttpContext context, IGrainFactory grains) =>
        (await Recording(grains, recordingId).Keep(context.Caller(), keep.Days)).ToHttp();

    private static async Task<Results<Ok<RecordingView>, RefusalResult>> SetAudience(
        string recordingId, RecordingAudience choice, HttpContext context, IGrainFactory grains, ReplayDesk desk)
    {
        var chosen = await Recording(grains, recordingId).SetAudience(context.Caller(), choice.Audience);
        if (chosen.Ok) { desk.Forget(); }
        return chosen.ToHttp();
    }

    private static async Task<Results<NoContent, RefusalResult>> Delete(
        string recordingId, bool? clips, HttpContext context, IGrainFactory grains, RecordingHome home)
    {
        var deleted = await Recording(grains, recordingId).Delete(context.Caller(), clips ?? false);
        if (deleted.Ok) { home.Forget(recordingId); }
        return deleted.ToHttp();
    }

    private static async Task<Results<NoContent, RefusalResult>> TakeDown(
        string recordingId, TakeDownRecording act, HttpContext context, IGrainFactory grains, RecordingHome home)
    {
        var done = await Recording(grains, recordingId).TakeDown(context.Caller(), act.Reason);
        if (done.Ok) { home.Forget(recordingId); }
        return done.ToHttp();
    }

    private static async Task<Results<Ok<ClipView>, RefusalResult>> ClipLive(
        string roomId, MakeClip clip, HttpContext context, IGrainFactory grains, ClipMaker maker)
    {
        if (await grains.RefuseReaderAsync(context, roomId) is { } isPrivate) { return isPrivate.ToHttp(); }

        var room = await grains.GetGrain<IRoomGrain>(roomId).Get();
        return room.Ok
            ? (await maker.CutLiveAsync(context.Caller(), context.NewId(), roomId, room.Value.Stream.StreamId, clip.Seconds, clip.Title, context.RequestAborted)).ToHttp()
            : room.Refusal.ToHttp();
    }

    private static async Task<Results<Ok<ClipView>, RefusalResult>> ClipReplay(
        string recordingId, MakeClip clip, HttpContext context, IGrainFactory grains, ClipMaker maker)
    {
        var recording = await Recording(grains, recordingId).Get(context.Caller());
        return recording.Ok
            ? (await maker.CutReplayAsync(context.Caller(), context.NewId(), recording.Value, clip.FromMs ?? 0, clip.Seconds, clip.Title, context.RequestAborted)).ToHttp()
            : recording.Refusal.ToHttp();
    }

    private static async Task<Results<Ok<ClipView>, RefusalResult>> GetClip(string clipId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IClipGrain>(clipId).Get(context.Session().Caller)).ToHttp();

    private static async Task<Results<Ok<ClipView>, RefusalResult>> SetClipAudience(
        string clipId, RecordingAudience choice, HttpContext context, IGrainFactory grains, ReplayDesk desk)
    {
        var chosen = await grains.GetGrain<IClipGrain>(clipId).SetAudience(context.Caller(), choice.Audience);
        if (chosen.Ok) { desk.Forget(); }
        return chosen.ToHttp();
    }

    private static async Task<Results<NoContent, RefusalResult>> DeleteClip(string clipId, HttpContext context, IGrainFactory grains, RecordingHome home)
    {
        var deleted = await grains.GetGrain<IClipGrain>(clipId).Delete(context.Caller());
        if (deleted.Ok) { home.Forget(clipId); }
        return deleted.ToHttp();
    }

    private static IRoomRecordingsGrain OfRoom(IGrainFactory grains, string roomId) => grains.GetGrain<IRoomRecordingsGrain>(roomId);

    private static IRecordingGrain Recording(IGrainFactory grains, string recordingId) => grains.GetGrain<IRecordingGrain>(recordingId);
}

/// <summary>How long a replay is kept from now on; null: until it is deleted.</summary>
internal sealed record KeepRecording(int? Days);

/// <summary>Whom a replay or a clip is for: whoever may enter its room, or guests of the room.</summary>
internal sealed record RecordingAudience(RoomAudience Audience);

/// <summary>Hides a replay.</summary>
internal sealed record TakeDownRecording(string? Reason);

/// <summary>Makes a clip.</summary>
/// <param name="Seconds">15 to 60.</param>
/// <param name="FromMs">Of a replay: the moment it begins with.</param>
internal sealed record MakeClip(int Seconds, string? Title, long? FromMs);
