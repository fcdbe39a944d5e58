using System.Buffers.Binary;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Gateway.Video.Instant;

/// <summary>What a binary frame of the instant socket is; the first byte of its header.</summary>
internal enum InstantKind : byte
{
    /// <summary>The header of a run, with what a player must know of it in front.</summary>
    Init = 1,

    /// <summary>A moof with its mdat.</summary>
    Fragment = 2,

    /// <summary>This viewer was too far behind: a keyframe nearer to now follows.</summary>
    Skip = 3,

    /// <summary>The run is over; another may follow.</summary>
    Pause = 4,
}

/// <summary>Close codes. 4400–4499: do not come back, watch over HLS. 4500–4599: come back.</summary>
internal static class InstantClose
{
    public const int Over = 1000;
    public const int Malformed = 4400;
    public const int NotAdmitted = 4403;
    public const int NotFound = 4404;
    public const int TooSlow = 4408;
    public const int Full = 4429;
    public const int ComeBack = 4500;
}

/// <summary>
/// Frames of the instant socket, made whole once, WebSocket header included, so that the same bytes are written to every viewer.
/// </summary>
internal static class InstantWire
{
    /// <summary>Bytes in front of every binary payload; docs/wire-protocol.md has the fields.</summary>
    public const int HeaderBytes = 24;

    private const byte Binary = 0x82;
    private const byte KeyframeFlag = 1;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { MaxDepth = 4 };

    /// <summary>The header of a run.</summary>
    /// <param name="at">When the run's first picture was recorded.</param>
    public static InstantFrame Init(int run, InitSegment init, DateTimeOffset at)
    {
        var about = JsonSerializer.SerializeToUtf8Bytes(
            new { init.Codecs, Width = init.Video?.Width ?? 0, Height = init.Video?.Height ?? 0 }, Json);
        var payload = new byte[2 + about.Length + init.Bytes.Length];
        BinaryPrimitives.WriteUInt16BigEndian(payload, checked((ushort)about.Length));
        about.CopyTo(payload, 2);
        init.Bytes.CopyTo(payload.AsMemory(2 + about.Length));
        return Make(InstantKind.Init, keyframe: false, new InstantPlace(run, TimeSpan.Zero, at), payload, header: null);
    }

    /// <summary>A fragment.</summary>
    /// <param name="header">Of its run.</param>
    public static InstantFrame Fragment(InstantPlace place, bool keyframe, Fragment fragment, InstantFrame header) =>
        Make(InstantKind.Fragment, keyframe, place, fragment.Bytes, header);

    /// <summary>Says that what follows is not what would have come next.</summary>
    public static InstantFrame Skip(InstantPlace to) => Make(InstantKind.Skip, keyframe: false, to, default, header: null);

    /// <summary>Says that the run is over.</summary>
    public static InstantFrame Pause(InstantPlace last) => Make(InstantKind.Pause, keyframe: false, last, default, header: null);

    /// <summary>The first thing that a viewer hears.</summary>
    /// <param name="run">What follows at once; null while there is nothing to play.</param>
    public static byte[] Hello(string rung, IReadOnlyList<InstantRung> rungs, InstantRun? run, DateTimeOffset now) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                Type = "hello",
                Rung = rung,
                Rungs = rungs,
                Run = run?.Header.Place.Run,
                run?.Codecs,
                ProgramDateTime = run?.Header.Place.At.UtcDateTime,
                ServerTime = now.UtcDateTime,
            },
            Json);

    /// <summary>Said before a close.</summary>
    public static byte[] Refused(Refusal refusal) => JsonSerializer.SerializeToUtf8Bytes(
        new { Type = "refused", Code = (int)refusal.Code, refusal.Name, refusal.Message }, Json);

    /// <summary>The answer to a ping.</summary>
    public static byte[] Pong { get; } = "{\"type\":\"pong\"}"u8.ToArray();

    /// <summary>Whether a viewer's first text asks to watch. Until it has come nothing is sent.</summary>
    public static bool AsksToWatch(ReadOnlySpan<byte> text) => TypeOf(text) == "watch";

    /// <summary>Whether a viewer asks if the line stands: its browser tells it nothing of the protocol's own pings.</summary>
    public static bool IsPing(ReadOnlySpan<byte> text) => TypeOf(text) == "ping";

    /// <summary>The newer pass that a viewer of a private room sends, <c>{"type":"pass","pass":"…"}</c>; null: it is something else.</summary>
    public static string? PassOf(ReadOnlySpan<byte> text)
    {
        try { return JsonSerializer.Deserialize<Said>(text, Json) is { Type: "pass", Pass: { } pass } ? pass : null; }
        catch (JsonException) { return null; }
    }

    /// <summary>Reads a hello of another gateway; null: it is none.</summary>
    public static InstantHello? ReadHello(ReadOnlySpan<byte> text)
    {
        try { return JsonSerializer.Deserialize<InstantHello>(text, Json) is { Type: "hello", Rung: not null, Rungs: not null } hello ? hello : null; }
        catch (JsonException) { return null; }
    }

    /// <summary>Reads a frame of another gateway, to be given on as it is.</summary>
    /// <param name="header">Of the run that goes on; a fragment of another run makes no sense.</param>
    /// <returns>Null: it is none, or of a kind that is not known.</returns>
    public static InstantFrame? Read(ReadOnlySpan<byte> message, InstantFrame? header)
    {
        if (message.Length < HeaderBytes) { return null; }

        var kind = (InstantKind)message[0];
        var micros = BinaryPrimitives.ReadUInt64BigEndian(message[8..]);
        var at = BinaryPrimitives.ReadUInt64BigEndian(message[16..]);
        if (kind is < InstantKind.Init or > InstantKind.Pause || micros > long.MaxValue / 10 || at > (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()) { return null; }

        var run = BinaryPrimitives.ReadUInt32BigEndian(message[4..]);
        if (run > int.MaxValue || (kind == InstantKind.Fragment && header?.Place.Run != (int)run)) { return null; }

        var wire = Begin(message.Length, out var before);
        message.CopyTo(wire.AsSpan(before));
        var place = new InstantPlace((int)run, TimeSpan.FromTicks((long)micros * TimeSpan.TicksPerMicrosecond), DateTimeOffset.FromUnixTimeMilliseconds((long)at));
        return new InstantFrame(kind, message[1] == KeyframeFlag, place, wire, before, kind == InstantKind.Fragment ? header : null);
    }

    /// <summary>The codecs that a run's header names; null: it names none.</summary>
    public static string? CodecsOf(InstantFrame init)
    {
        var payload = init.Message.Span[HeaderBytes..];
        if (payload.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(payload) is var length && payload.Length < 2 + length) { return null; }
        try { return JsonSerializer.Deserialize<About>(payload.Slice(2, length), Json)?.Codecs; }
        catch (JsonException) { return null; }
    }

    private static string? TypeOf(ReadOnlySpan<byte> text)
    {
        try { return JsonSerializer.Deserialize<Said>(text, Json)?.Type; }
        catch (JsonException) { return null; }
    }

    private static InstantFrame Make(InstantKind kind, bool keyframe, InstantPlace place, ReadOnlyMemory<byte> payload, InstantFrame? header)
    {
        var wire = Begin(HeaderBytes + payload.Length, out var before);
        var head = wire.AsSpan(before);
        head[0] = (byte)kind;
        head[1] = keyframe ? KeyframeFlag : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(head[4..], (uint)place.Run);
        BinaryPrimitives.WriteUInt64BigEndian(head[8..], (ulong)Math.Max(0, place.Time.Ticks / TimeSpan.TicksPerMicrosecond));
        BinaryPrimitives.WriteUInt64BigEndian(head[16..], (ulong)Math.Max(0, place.At.ToUnixTimeMilliseconds()));
        payload.Span.CopyTo(head[HeaderBytes..]);
        return new InstantFrame(kind, keyframe, place, wire, before, header);
    }

    /// <summary>Space for a message with its WebSocket header.</summary>
    private static byte[] Begin(int length, out int before)
    {
        before = length < 126 ? 2 : length <= ushort.MaxValue ? 4 : 10;
        var wire = new byte[before + length];
        wire[0] = Binary;
        switch (before)
        {
            case 2:
                wire[1] = (byte)length;
                break;
            case 4:
                wire[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(wire.AsSpan(2), (ushort)length);
                break;
            default:
                wire[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(wire.AsSpan(2), (ulong)length);
                break;
        }

        return wire;
    }

    private sealed record Said(string? Type, string? Pass = null);

    private sealed record About(string? Codecs);
}

/// <summary>What a gateway says first.</summary>
/// <param name="Run">Null while there is no picture.</param>
internal sealed record InstantHello(string? Type, string? Rung, IReadOnlyList<InstantRung>? Rungs, int? Run);

/// <summary>Where something stands: on its run's clock, and on the wall's when it was recorded.</summary>
internal readonly record struct InstantPlace(int Run, TimeSpan Time, DateTimeOffset At);

/// <summary>One frame as every viewer of a rung gets it; never changes.</summary>
/// <param name="Wire">With the WebSocket header.</param>
/// <param name="Before">Bytes of the WebSocket header.</param>
/// <param name="Header">Of the run that a fragment belongs to; null for what needs none.</param>
internal sealed record InstantFrame(InstantKind Kind, bool Keyframe, InstantPlace Place, ReadOnlyMemory<byte> Wire, int Before, InstantFrame? Header)
{
    /// <summary>The message without the WebSocket header.</summary>
    public ReadOnlyMemory<byte> Message => Wire[Before..];
}
