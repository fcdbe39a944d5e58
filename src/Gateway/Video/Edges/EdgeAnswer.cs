using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Passes;
using LiveCommerce.Gateway.Video.Playback;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>What another gateway answered, for everybody who asks the same: its status, its bytes and its headers.</summary>
internal sealed record EdgeAnswer : IEdgeHeld
{
    /// <summary>HTTP.</summary>
    public required int Status { get; init; }

    public string ContentType { get; init; } = "";

    public string CacheControl { get; init; } = "";

    public string? RetryAfter { get; init; }

    /// <summary>As it came; empty when there is a <see cref="Playlist"/>.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>What came compressed, for those who take that and for those who do not.</summary>
    public PlaylistBytes? Playlist { get; init; }

    /// <summary>Whether a piece of it may be asked for.</summary>
    public bool TakesRanges { get; init; }

    /// <summary>The gateway says that it does not have this broadcast, whatever it had before.</summary>
    public bool IsGone { get; init; }

    /// <summary>The broadcast is over and is a replay, which may be taken down.</summary>
    public bool IsReplay { get; init; }

    /// <summary>The broadcast is on.</summary>
    public bool IsLive { get; init; }

    /// <summary>When it was asked for: what it says of the broadcast is at least as new. A timestamp of the clock.</summary>
    public long AskedAt { get; init; }

    /// <summary>It comes from the recording of a broadcast that runs, which may be for guests only.</summary>
    public bool IsRecorded { get; init; }

    /// <inheritdoc/>
    public long Bytes => Body.Length + (Playlist?.Zipped.Length ?? 0);

    /// <inheritdoc/>
    public TimeSpan HoldFor { get; init; }

    /// <summary>
    /// Whether it tells something newer of the broadcast than what was remembered. That one is on is news only for those who took it for over.
    /// </summary>
    /// <param name="before">Null: nothing is remembered.</param>
    public bool IsNewsAfter(EdgeAnswer? before) => before is null
        ? IsReplay
        : (IsReplay || IsLive) && (AskedAt > before.AskedAt || (AskedAt == before.AskedAt && IsReplay && !before.IsReplay));

    /// <summary>Sends it, as the other gateway would.</summary>
    public Task SendAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        if (RetryAfter is { } wait) { context.Response.Headers.RetryAfter = wait; }

        // A playlist, or a refusal that the other gateway compressed on its way.
        if (Playlist is { } playlist) { return PlaybackAnswer.SendAsync(context, playlist, ContentType, CacheControl); }
        if (!TakesRanges || Status != StatusCodes.Status200OK) { return PlaybackAnswer.SendAsync(context, Body, ContentType, CacheControl); }

        // As a stream, not as bytes: those would be copied whole towards a viewer who does not read.
        context.Response.Headers.CacheControl = PrivateAnswer.Cache(context, CacheControl);
        return TypedResults.Stream(new MemoryStream(Body, writable: false), ContentType, enableRangeProcessing: true).ExecuteAsync(context);
    }
}

/// <summary>What came of asking another gateway.</summary>
/// <param name="Answer">What it said, or</param>
/// <param name="Refusal">why it was not asked, or did not answer.</param>
internal sealed record EdgeOutcome(EdgeAnswer? Answer, Refusal? Refusal) : IEdgeHeld
{
    /// <summary>More is being fetched than may.</summary>
    public static EdgeOutcome Busy { get; } = new(null, EdgeRefusals.Busy);

    /// <summary>It is nowhere.</summary>
    public static EdgeOutcome NotLive { get; } = new(null, new Refusal(RefusalCode.StreamNotLive, "This broadcast is over or has never been."));

    /// <summary>It may be where nobody answers.</summary>
    public static EdgeOutcome OutOfReach { get; } = new(null, new Refusal(RefusalCode.Unavailable, "The server that carries this broadcast does not answer."));

    /// <summary>Whose broadcast it is; null: nobody can say, or it is nowhere.</summary>
    public string? RoomId { get; private init; }

    /// <summary>It is somewhere, and a room's.</summary>
    public static EdgeOutcome OfRoom(string roomId) => new(null, null) { RoomId = roomId };

    /// <inheritdoc/>
    public long Bytes => Answer?.Bytes ?? 0;

    /// <inheritdoc/>
    public TimeSpan HoldFor => Answer?.HoldFor ?? TimeSpan.Zero;
}
