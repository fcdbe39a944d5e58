using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Contracts.Recordings;

/// <summary>One broadcast as it was recorded, later its replay. Key: the recording's id, which is the broadcast's.</summary>
public interface IRecordingGrain : IGrainWithStringKey
{
    /// <summary>A gateway wants to record; RecordingOff when the room does not want that. Idempotent: a broadcast that comes back goes on in its recording.</summary>
    ValueTask<Result<Done>> Begin(RecordingBegun begun);

    /// <summary>The broadcast is over and this is what there is of it. Without any media the recording is forgotten. Idempotent.</summary>
    ValueTask End(RecordingEnded ended);

    /// <summary>Poster and seeking pictures are there.</summary>
    ValueTask PicturesMade();

    /// <summary>The replay as the caller may see it: while nobody forbids it, everybody who may enter the room; when it is for guests, they alone.</summary>
    [ReadOnly]
    ValueTask<Result<RecordingView>> Get(Caller? caller);

    /// <summary>The place where its files lie; null: there is no such recording. For the platform's own gateways only.</summary>
    [ReadOnly]
    ValueTask<string?> FindPlace();

    /// <summary>How long it is kept. Owner only.</summary>
    /// <param name="days">From now; null: until it is deleted.</param>
    ValueTask<Result<RecordingView>> Keep(Caller caller, int? days);

    /// <summary>
    /// Opens it to whoever may enter the room, or closes it to all but the room's guests, as if the room were private; its clips with it.
    /// Owner only; the same again is done already.
    /// </summary>
    ValueTask<Result<RecordingView>> SetAudience(Caller caller, RoomAudience audience);

    /// <summary>Takes it away for good: by its owner. Its files follow. Idempotent.</summary>
    /// <param name="withClips">Whether the clips made of it go too.</param>
    ValueTask<Result<Done>> Delete(Caller caller, bool withClips);

    /// <summary>Hides it from everybody but its owner and the platform's moderators, and its clips with it: by a moderator of the platform, audited.</summary>
    ValueTask<Result<Done>> TakeDown(Caller caller, string? reason);

    /// <summary>What happened in the room meanwhile, oldest first. What was deleted and what banned people said is not in it.</summary>
    /// <param name="take">1 to <see cref="RecordingLimits.EventsPerPageMax"/>.</param>
    [ReadOnly]
    ValueTask<Result<ReplayEvents>> ReadEvents(Caller? caller, DateTimeOffset from, DateTimeOffset to, int take);

    /// <summary>The products that were shown, each from when; a card that was taken away is a <see cref="ProductUnpinned"/>.</summary>
    [ReadOnly]
    ValueTask<Result<ReplayEvents>> ReadPins(Caller? caller);

    /// <summary>The due time that this grain set has come: it is no longer kept. Idempotent.</summary>
    ValueTask OnDue();
}

/// <summary>What a room says about its recordings, and which there are. Key: the room id.</summary>
public interface IRoomRecordingsGrain : IGrainWithStringKey
{
    /// <summary>What the owner has chosen.</summary>
    [ReadOnly]
    ValueTask<RecordingSettings> GetSettings();

    /// <summary>Chooses. Owner only. Holds for the next broadcast; clips at once.</summary>
    ValueTask<Result<RecordingSettings>> SetSettings(Caller caller, RecordingSettings settings);

    /// <summary>The replays that the caller can watch, newest first, at most <see cref="RecordingLimits.ListMax"/>.</summary>
    [ReadOnly]
    ValueTask<Result<RecordingList>> List(Caller? caller);

    /// <summary>All recordings and clips. Owner and moderators of the platform.</summary>
    [ReadOnly]
    ValueTask<Result<RecordingDesk>> ListAll(Caller caller);
}

/// <summary>A short film of the last moments of a broadcast, made by a viewer. Key: the clip's id, which is the request's key.</summary>
public interface IClipGrain : IGrainWithStringKey
{
    /// <summary>Asks to make it. A repeat with the same content is answered as it stands.</summary>
    ValueTask<Result<ClipView>> Begin(Caller caller, ClipBegun begun);

    /// <summary>Its file is there.</summary>
    ValueTask<Result<ClipView>> Made(long durationMs, long bytes);

    /// <summary>It could not be made: it is forgotten.</summary>
    ValueTask Failed();

    /// <summary>The clip, for whoever may watch what it is cut from.</summary>
    [ReadOnly]
    ValueTask<Result<ClipView>> Get(Caller? caller);

    /// <summary>The place where its file lies; null: there is no such clip. For the platform's own gateways only.</summary>
    [ReadOnly]
    ValueTask<string?> FindPlace();

    /// <summary>
    /// Opens it to whoever may enter the room, or closes it to all but the room's guests. Owner of the room only, once its broadcast is no longer recorded.
    /// What is chosen for its recording later holds for it, too.
    /// </summary>
    ValueTask<Result<ClipView>> SetAudience(Caller caller, RoomAudience audience);

    /// <summary>Takes it away: by its maker, the room's owner or a moderator of the platform. Idempotent.</summary>
    ValueTask<Result<Done>> Delete(Caller caller);
}

/// <summary>The recordings that lie in one place. Key: the id that the place was given when it was first used.</summary>
public interface IRecordingPlaceGrain : IGrainWithStringKey
{
    /// <summary>What should lie there, at most <see cref="RecordingLimits.HeldMax"/>; the oldest first.</summary>
    ValueTask<HeldList> ListHeld();

    /// <summary>The files of these recordings and clips are gone: they are forgotten, a clip that was taken away as soon as it no longer counts for its maker's pace.</summary>
    ValueTask Removed(IReadOnlyList<string> recordingIds, IReadOnlyList<string> clipIds);

    /// <summary>Gives up the oldest finished recording so that a new one finds space.</summary>
    /// <returns>Its id; null: there is none to give up.</returns>
    ValueTask<string?> GiveUpOldest();
}

/// <summary>A recording begins.</summary>
/// <param name="PlaceId">Where its files lie.</param>
/// <param name="KeepDays">How long it is kept when its room has not chosen; null: until it is deleted.</param>
public sealed record RecordingBegun(string RoomId, string PlaceId, DateTimeOffset StartedAt, int? KeepDays);

/// <summary>A recording is over.</summary>
/// <param name="DurationMs">Of its media; 0: there is none.</param>
/// <param name="Problem">Why it ends before its broadcast did; null: it does not.</param>
public sealed record RecordingEnded(long DurationMs, long Bytes, string? Problem);

/// <summary>Where a recording is.</summary>
public enum RecordingState
{
    /// <summary>The broadcast runs.</summary>
    Recording = 0,

    /// <summary>It can be watched.</summary>
    Ready = 1,

    /// <summary>Nobody gets it any more; its files are being removed.</summary>
    Deleted = 2,

    /// <summary>A moderator hides it.</summary>
    TakenDown = 3,
}

/// <summary>A recording.</summary>
/// <param name="Title">Of the room when it began.</param>
/// <param name="KeepUntil">When it is deleted; null: not by time.</param>
/// <param name="HasPictures">Whether there are a poster and seeking pictures.</param>
/// <param name="Problem">Why it is shorter than its broadcast; null: it is not.</param>
/// <param name="Products">What was shown first, at most <see cref="RecordingLimits.ProductsListedMax"/>.</param>
/// <param name="Audience">Private: for guests of the room only, because the room was private at some moment of it, or its owner wants it so.</param>
public sealed record RecordingView(
    string RecordingId, string RoomId, Person Owner, string Title, RecordingState State, DateTimeOffset StartedAt, long DurationMs, long Bytes,
    DateTimeOffset? KeepUntil, bool HasPictures, string? Problem, IReadOnlyList<ShownProduct> Products, RoomAudience Audience = RoomAudience.Public);

/// <summary>A product that was shown in a recording.</summary>
public sealed record ShownProduct(string ProductId, string Title, string? PictureId);

/// <summary>Recordings, newest first.</summary>
public sealed record RecordingList(IReadOnlyList<RecordingView> Recordings);

/// <summary>All that an owner decides about.</summary>
public sealed record RecordingDesk(RecordingSettings Settings, IReadOnlyList<RecordingView> Recordings, IReadOnlyList<ClipView> Clips);

/// <summary>What an owner wants to be recorded.</summary>
/// <param name="Record">Whether broadcasts are recorded.</param>
/// <param name="KeepDays">1 to <see cref="RecordingLimits.KeepDaysMax"/>; null: as long as the platform keeps them.</param>
/// <param name="Clips">Whether viewers may make clips.</param>
public sealed record RecordingSettings(bool Record, int? KeepDays, bool Clips)
{
    /// <summary>Until the owner chooses.</summary>
    public static RecordingSettings Default { get; } = new(true, null, true);
}

/// <summary>What happened, oldest first.</summary>
/// <param name="HasMore">Whether more follows within what was asked for.</param>
public sealed record ReplayEvents(IReadOnlyList<RoomEvent> Events, bool HasMore)
{
    /// <summary>Up to where this tells all; what follows is asked for from here.</summary>
    public DateTimeOffset ReadTo { get; init; }
}

/// <summary>A clip is wanted.</summary>
/// <param name="RecordingId">Of which broadcast.</param>
/// <param name="StartedAt">The recorded moment that it begins with.</param>
/// <param name="Seconds">How long it shall be.</param>
/// <param name="Title">Null: that of the room.</param>
public sealed record ClipBegun(string RoomId, string RecordingId, string PlaceId, DateTimeOffset StartedAt, int Seconds, string? Title);

/// <summary>A clip.</summary>
/// <param name="IsReady">Whether its file is there.</param>
/// <param name="Audience">That of what it is cut from.</param>
public sealed record ClipView(
    string ClipId, string RoomId, string RecordingId, Person Owner, Person By, string Title, DateTimeOffset MadeAt, long DurationMs, long Bytes, bool IsReady,
    RoomAudience Audience = RoomAudience.Public);

/// <summary>What lies in a place.</summary>
public sealed record HeldList(IReadOnlyList<HeldRecording> Recordings, IReadOnlyList<HeldClip> Clips);

/// <summary>A recording that lies in a place.</summary>
public sealed record HeldRecording(string RecordingId, string RoomId, RecordingState State, bool HasPictures);

/// <summary>A clip that lies in a place.</summary>
public sealed record HeldClip(string ClipId, bool IsReady, bool IsDeleted);

/// <summary>Bounds of recordings.</summary>
public static class RecordingLimits
{
    /// <summary>Recordings, and clips, of one answer.</summary>
    public const int ListMax = 100;

    /// <summary>Recordings, and clips, of one place.</summary>
    public const int HeldMax = 20_000;

    /// <summary>Events of one answer.</summary>
    public const int EventsPerPageMax = 200;

    /// <summary>Products that are named with a recording.</summary>
    public const int ProductsListedMax = 4;

    /// <summary>Pins of one recording that are chapters.</summary>
    public const int PinsMax = 500;

    /// <summary>Days that an owner may choose.</summary>
    public const int KeepDaysMax = 3_650;

    /// <summary>Shortest clip, in seconds.</summary>
    public const int ClipSecondsMin = 15;

    /// <summary>Longest clip, in seconds.</summary>
    public const int ClipSecondsMax = 60;

    /// <summary>Clips that one viewer may make within <see cref="ClipPaceMinutes"/>.</summary>
    public const int ClipsPerViewer = 5;

    /// <summary>Minutes in which a viewer may make <see cref="ClipsPerViewer"/>.</summary>
    public const int ClipPaceMinutes = 10;

    /// <summary>Clips of one broadcast.</summary>
    public const int ClipsPerRecordingMax = 500;
}
