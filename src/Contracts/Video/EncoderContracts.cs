using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Contracts.Video;

/// <summary>How one rung of a broadcast goes.</summary>
/// <param name="Name">As in its address: source, p480, p240.</param>
/// <param name="Width">Pixels; 0 while nothing has come out.</param>
/// <param name="Height">Pixels; 0 while nothing has come out.</param>
/// <param name="State">on, off or dropped.</param>
/// <param name="Reason">Why it is not on, in words for the streamer.</param>
public sealed record RungHealth(string Name, int Width, int Height, long BitsPerSecond, string State, string? Reason);

/// <summary>How a broadcast goes, as its publisher's gateway sees it.</summary>
/// <param name="BytesIn">What the publisher has sent since it connected.</param>
/// <param name="MediaMs">Milliseconds of recording since it connected.</param>
/// <param name="BacklogMs">Milliseconds of recording that wait for the encoder.</param>
/// <param name="BitsPerSecond">What comes in now.</param>
/// <param name="FramesPerSecond">What comes in now; 0: not known.</param>
/// <param name="Copies">The picture passes as it is, without being encoded again.</param>
/// <param name="Rungs">The source first.</param>
public sealed record StreamHealth(
    StreamPhase Phase, long BytesIn, long MediaMs, long BacklogMs, long BitsPerSecond, double FramesPerSecond, bool Copies, IReadOnlyList<RungHealth> Rungs)
{
    /// <summary>Why the publisher was just sent away, in words for the streamer; null while all is well.</summary>
    public string? Trouble { get; init; }
}

/// <summary>What the owner sees of a program that publishes with the room's stream key.</summary>
/// <param name="HasKey">Whether a key was made; the key itself is never shown again.</param>
/// <param name="PublishesByKey">Whether the running broadcast was opened with the key, not by the signed-in owner.</param>
/// <param name="TakeOverUntil">Until when the next program with the key may take a running broadcast over; null: it may not.</param>
/// <param name="LastRefusal">Why the last program that came with a key was refused or sent away; null when one was let in since.</param>
/// <param name="Health">Of the running broadcast; null when its gateway has told nothing lately.</param>
public sealed record EncoderView(
    StreamInfo Stream, bool HasKey, bool PublishesByKey, DateTimeOffset? TakeOverUntil, string? LastRefusal, DateTimeOffset? LastRefusalAt, StreamHealth? Health);
