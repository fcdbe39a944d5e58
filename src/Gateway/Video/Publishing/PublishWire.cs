using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Video.Encoders;

namespace LiveCommerce.Gateway.Video.Publishing;

/// <summary>What a publisher says first.</summary>
/// <param name="MimeType">What its recorder says it records; the bytes decide.</param>
/// <param name="Key">The room's stream key, when no account is signed in.</param>
/// <param name="Continues">The stream id that it was told last, when it comes back.</param>
internal sealed record PublishHello(string MimeType, string? Key, bool TakeOver, string? Continues)
{
    /// <summary>Characters of the mime type, of the key and of the stream id.</summary>
    public const int TextLengthMax = 200;

    /// <summary>Hides the key.</summary>
    public override string ToString() => $"PublishHello({MimeType}, {TakeOver})";

    /// <summary>Null: not a hello.</summary>
    public static PublishHello? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var message = JsonSerializer.Deserialize<Wire>(json, PublishMessages.Json);
            return message is { Type: "hello", MimeType.Length: <= TextLengthMax } && (message.Key?.Length ?? 0) <= TextLengthMax
                && (message.Continues?.Length ?? 0) <= TextLengthMax
                ? new PublishHello(message.MimeType, string.IsNullOrEmpty(message.Key) ? null : message.Key, message.TakeOver, message.Continues)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Wire(string? Type, string? MimeType, string? Key, bool TakeOver, string? Continues);
}

/// <summary>What a publisher says last.</summary>
internal static class PublishBye
{
    public static bool IsIt(ReadOnlySpan<byte> json)
    {
        try { return JsonSerializer.Deserialize<Wire>(json, PublishMessages.Json) is { Type: "bye" }; }
        catch (JsonException) { return false; }
    }

    private sealed record Wire(string? Type);
}

/// <summary>The twelve bytes in front of every slice.</summary>
/// <param name="Sequence">From 0, one more each.</param>
/// <param name="Ms">Milliseconds since the recorder started.</param>
internal readonly record struct SliceHeader(uint Sequence, long Ms)
{
    /// <summary>Bytes.</summary>
    public const int Length = 12;

    /// <summary>The largest time: a year. Larger is no recording.</summary>
    public const long MsMax = 366L * 24 * 3600 * 1000;

    /// <summary>Null: too short, or a time that can't be.</summary>
    public static SliceHeader? Parse(ReadOnlySpan<byte> message)
    {
        if (message.Length < Length) { return null; }
        var ms = BinaryPrimitives.ReadUInt64BigEndian(message[4..]);
        return ms > MsMax ? null : new SliceHeader(BinaryPrimitives.ReadUInt32BigEndian(message), (long)ms);
    }
}

/// <summary>What the server says to a publisher.</summary>
internal static class PublishMessages
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        MaxDepth = 4,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static byte[] Ready(string streamId, bool resumed) => Write(new { Type = "ready", StreamId = streamId, Resumed = resumed });

    public static byte[] Health(StreamPhase phase, long bytesIn, long mediaMs, long lostSlices, EncoderReport report) => Write(new
    {
        Type = "health",
        Phase = phase,
        BytesIn = bytesIn,
        MediaMs = mediaMs,
        report.BacklogMs,
        report.DelayMs,
        report.BitsPerSecond,
        report.FramesPerSecond,
        LostSlices = lostSlices,
        Rungs = report.Rungs.Select(rung => new { rung.Name, rung.Width, rung.Height, rung.BitsPerSecond, rung.State, Reason = Words(rung.Reason) }),
    });

    public static byte[] Notice(string message) => Write(new { Type = "notice", Message = message });

    // The code is a number on the wire, whatever enums are otherwise.
    public static byte[] Refused(Refusal refusal) =>
        Write(new { Type = "refused", Code = (int)refusal.Code, refusal.Name, refusal.Message, refusal.RetryAfterMs });

    /// <summary>Why a rung is not on, for the streamer; null: it is.</summary>
    public static string? Words(RungReason reason) => reason switch
    {
        RungReason.None => null,
        RungReason.NoCores => "The server has no room for it now.",
        RungReason.Behind => "The server could not keep up.",
        RungReason.Failed => "Its encoder stopped.",
        _ => throw new System.Diagnostics.UnreachableException($"No words for {reason}."),
    };

    private static byte[] Write<T>(T message) => JsonSerializer.SerializeToUtf8Bytes(message, Json);
}

/// <summary>How a publisher's socket is closed. 4400–4499: do not retry as is. 4500–4599: retry.</summary>
/// <param name="CloseCode">The WebSocket's close code.</param>
/// <param name="Refusal">Null: a normal end.</param>
internal sealed record Goodbye(int CloseCode, Refusal? Refusal)
{
    private const int NormalClosure = 1000;

    /// <summary>The publisher ended its broadcast.</summary>
    public static Goodbye Over { get; } = new(NormalClosure, null);

    /// <summary>The connection broke; nobody hears a goodbye.</summary>
    public static Goodbye Lost { get; } = new(0, null);

    /// <summary>The close code that tells whether to try again.</summary>
    public static Goodbye Of(Refusal refusal) => new(CodeOf(refusal.Code), refusal);

    /// <summary>A refusal that a new connection may well not get.</summary>
    public static Goodbye Retry(Refusal refusal) => new(4500, refusal);

    private static int CodeOf(RefusalCode code) => code switch
    {
        RefusalCode.SignInRequired or RefusalCode.SessionExpired => 4401,
        RefusalCode.NotRoomOwner or RefusalCode.StreamKeyWrong or RefusalCode.NotAllowed or RefusalCode.Banned => 4403,
        RefusalCode.RoomNotFound or RefusalCode.NotFound => 4404,
        RefusalCode.AlreadyPublishing => 4409,
        RefusalCode.StreamNotLive => 4410,
        RefusalCode.TooLarge => 4413,
        RefusalCode.MediaUnsupported => 4415,
        RefusalCode.EncoderMissing => 4424,
        RefusalCode.MediaTooFast => 4429,
        RefusalCode.EncoderFailed => 4500,
        RefusalCode.Busy or RefusalCode.Unavailable or RefusalCode.TooManyStreams or RefusalCode.TooManyRequests => 4503,
        _ => 4400,
    };
}

/// <summary>A token bucket for bytes.</summary>
internal sealed class ByteRate(int bytesPerSecond, int burst, TimeProvider time)
{
    private double _tokens = burst;
    private long _at = time.GetTimestamp();

    /// <summary>False: too many bytes in too short a time.</summary>
    public bool TryTake(int bytes)
    {
        _tokens = Math.Min(burst, _tokens + (time.GetElapsedTime(_at).TotalSeconds * bytesPerSecond));
        _at = time.GetTimestamp();
        if (_tokens < bytes) { return false; }
        _tokens -= bytes;
        return true;
    }
}
