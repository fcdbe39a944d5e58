using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Recordings;

/// <summary>A recording as it is stored.</summary>
internal sealed class RecordingRow
{
    public const string Select =
        """
        select recording_id as RecordingId, room_id as RoomId, owner_id as OwnerId, owner_name as OwnerName, title as Title, place_id as PlaceId,
            state as State, started_at as StartedAt, ended_at as EndedAt, duration_ms as DurationMs, bytes as Bytes, keep_days as KeepDays,
            keep_until as KeepUntil, has_pictures as HasPictures, problem as Problem, products as Products, audience as Audience
        from recording
        """;

    public string RecordingId { get; set; } = "";

    public string RoomId { get; set; } = "";

    public string OwnerId { get; set; } = "";

    public string OwnerName { get; set; } = "";

    public string Title { get; set; } = "";

    public string PlaceId { get; set; } = "";

    public long State { get; set; }

    public long StartedAt { get; set; }

    public long? EndedAt { get; set; }

    public long DurationMs { get; set; }

    public long Bytes { get; set; }

    public long? KeepDays { get; set; }

    public long? KeepUntil { get; set; }

    public long HasPictures { get; set; }

    public string? Problem { get; set; }

    public string Products { get; set; } = "[]";

    public long Audience { get; set; }

    public RecordingState Phase => (RecordingState)State;

    /// <summary>Whether it is for guests of the room only.</summary>
    public bool IsForGuests => Audience != 0;

    public RecordingView ToView() => new(
        RecordingId, RoomId, new Person(OwnerId, OwnerName), Title, Phase, Microseconds.ToTime(StartedAt), DurationMs, Bytes,
        KeepUntil is { } until ? Microseconds.ToTime(until) : null, HasPictures != 0, Problem,
        JsonSerializer.Deserialize<IReadOnlyList<ShownProduct>>(Products, WireJson.Options)!, IsForGuests ? RoomAudience.Private : RoomAudience.Public);
}

/// <summary>A clip as it is stored.</summary>
internal sealed class ClipRow
{
    public const string Select =
        """
        select clip_id as ClipId, recording_id as RecordingId, room_id as RoomId, place_id as PlaceId, owner_id as OwnerId, owner_name as OwnerName,
            by_id as ById, by_name as ByName, title as Title, fingerprint as Fingerprint, made_at as MadeAt, state as State,
            duration_ms as DurationMs, bytes as Bytes, audience as Audience
        from clip
        """;

    public const int Making = 0;

    public const int Ready = 1;

    public const int Deleted = 2;

    public string ClipId { get; set; } = "";

    public string RecordingId { get; set; } = "";

    public string RoomId { get; set; } = "";

    public string PlaceId { get; set; } = "";

    public string OwnerId { get; set; } = "";

    public string OwnerName { get; set; } = "";

    public string ById { get; set; } = "";

    public string ByName { get; set; } = "";

    public string Title { get; set; } = "";

    public long Fingerprint { get; set; }

    public long MadeAt { get; set; }

    public long State { get; set; }

    public long DurationMs { get; set; }

    public long Bytes { get; set; }

    public long Audience { get; set; }

    /// <summary>Whether it is for guests of the room only.</summary>
    public bool IsForGuests => Audience != 0;

    public ClipView ToView() => new(
        ClipId, RoomId, RecordingId, new Person(OwnerId, OwnerName), new Person(ById, ByName), Title, Microseconds.ToTime(MadeAt), DurationMs, Bytes, State == Ready,
        IsForGuests ? RoomAudience.Private : RoomAudience.Public);
}
