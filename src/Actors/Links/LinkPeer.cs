using System.Text.Json;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Runtime;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Links;

/// <summary>A call of another process that this one works on.</summary>
/// <param name="Number">The caller's name for it.</param>
/// <param name="Bytes">Of its JSON: the credit that it holds.</param>
/// <param name="Generation">Of the caller's lane when it sent it.</param>
internal readonly record struct TakenCall(long Number, int Bytes, int Shard, int Generation);

/// <summary>One process that is connected to this silo: its calls, its credit, and what was sent back to it.</summary>
internal sealed partial class LinkPeer(LinkServer server, LinkOptions options, ILogger logger)
{
    private readonly Lock _gate = new();

    /// <summary>In place of an answer that finds no room: the outcome is unknown. Spelt out, since what it replaces is in the codec's memory.</summary>
    private static ReadOnlySpan<byte> Lost => """{"Type":"GrainUnavailableException","Message":"","RetryAfterMs":0,"Begun":true}"""u8;

    // The last generation of each shard's calls that was sent back, plus one; made when the first is.
    private int[]? _sentBack;
    private LinkCredit _credit = new(options.CreditCalls, options.CreditBytes);
    private TaskCompletionSource? _idle;
    private int _unanswered;
    private bool _isWelcome;
    private bool _isOver;

    /// <summary>Set once, before the first frame.</summary>
    public LinkConnection Connection { get; set; } = null!;

    /// <summary>Calls that it works on.</summary>
    public int CallsUnderWay
    {
        get
        {
            lock (_gate) { return _credit.Calls; }
        }
    }

    /// <summary>
    /// Ends the link in order: what is under way is answered first. Whatever comes after the farewell was not taken, and the other side
    /// knows that. A call that does not end in time leaves its caller in the dark.
    /// </summary>
    public async Task EndAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _idle = idle;
            if (_unanswered == 0) { EndNow(); }
        }

        try { await idle.Task.WaitAsync(within, server.Grains.Time, cancellationToken); }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException) { Connection.Close(); }
    }

    /// <summary>Takes a frame.</summary>
    public bool Receive(LinkConnection from, LinkFrame frame) => frame.Kind switch
    {
        FrameKind.Hello when !_isWelcome => Greet(frame.Json),
        FrameKind.Call when _isWelcome => _isOver || TakeCall(frame),
        _ => false,
    };

    /// <summary>Sends the result of a call. One that is too much for any link is a failure that the caller hears of.</summary>
    public void Answer(TakenCall taken, ReadOnlySpan<byte> json)
    {
        if (json.Length > Connection.FrameBytesMax) { throw new InvalidOperationException($"The answer of {json.Length} bytes is too much for the link."); }
        Send(taken, FrameKind.Answer, json);
    }

    private bool Greet(ReadOnlySpan<byte> json)
    {
        LinkHello? hello;
        try
        {
            // The first protocol had no number: a process said only its name.
            hello = json is [(byte)'"', ..]
                ? new LinkHello(JsonSerializer.Deserialize<string>(json) ?? "", 1, 0, "")
                : JsonSerializer.Deserialize<LinkHello>(json);
        }
        catch (JsonException) { return false; }

        if (hello is null || hello.Process is not { Length: > 0 and <= GrainId.KeyLengthMax }) { return false; }
        Connection.Peer = hello.Process;
        if (hello.ProblemAt(server.Contracts) is { } problem)
        {
            server.Refuse(Connection, hello, problem);
            return true;
        }

        _isWelcome = true;
        var here = server.Contracts;
        var welcome = new LinkWelcome(LinkHello.Current, here.Version, here.Hash, options.CreditCalls, options.CreditBytes);
        Connection.TrySend(FrameKind.Welcome, 0, JsonSerializer.SerializeToUtf8Bytes(welcome));
        server.Welcome(Connection);
        return true;
    }

    private bool TakeCall(LinkFrame frame)
    {
        var json = new Utf8JsonReader(frame.Json);
        string[] head = new string[3];
        if (!LinkCodec.TryReadHead(ref json, head) || head[1].Length is 0 or > GrainId.KeyLengthMax
            || !LinkCodec.TryReadGeneration(ref json, out var generation) || generation < 0)
        {
            return false;
        }

        var grain = new GrainId(head[0], head[1]);
        var taken = new TakenCall(frame.Call, frame.Json.Length, Shards.Of(grain.Key), generation);
        if (!TryTakeCredit(taken, out var isOver))
        {
            if (isOver) { return true; }
            Log.Overdrawn(logger, Connection.Peer, options.CreditCalls, options.CreditBytes);
            return false;
        }

        // Behind one that was sent back nothing may overtake it, even if the shard is served here again by now.
        var place = server.PlaceOf(grain);
        if (!place.Here || WasSentBack(taken))
        {
            SendBack(taken, place.Owner);
            return true;
        }

        GrainCall call;
        try
        {
            call = server.Read(grain, head[2], ref json);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or NotSupportedException or UnknownGrainMethodException)
        {
            Fail(taken, unreadable is UnknownGrainMethodException ? unreadable : new InvalidOperationException(unreadable.Message));
            return true;
        }

        // A single call is not handed to another thread, which would have to be woken; of several, each may run beside the others.
        call.MayRunHere = Connection.TakesOne && !call.Method.IsOneWay;
        call.AnswerAtOnce();
        server.Grains.Send(call);
        _ = AnswerAsync(taken, call);
        return true;
    }

    private async Task AnswerAsync(TakenCall taken, GrainCall call)
    {
        try
        {
            await call.Method.AnswerAsync(call, this, taken, server.Codec);
        }
        catch (GrainUnavailableException elsewhere) when (elsewhere.Grain != call.Grain)
        {
            // What the grain itself called was not to be had. The grain had begun by then.
            Fail(taken, new GrainUnavailableException(call.Grain, begun: true));
        }
        catch (GrainUnavailableException stopping) when (!stopping.Begun)
        {
            // The shard has gone, or this process stops. Nothing was decided, so the caller looks for the next owner instead of giving up.
            var place = server.PlaceOf(call.Grain);
            SendBack(taken, place.Here ? null : place.Owner);
        }
        catch (Exception failure)
        {
            // The grain's own exception, or a result that is no contract: either way the caller waits for one answer.
            Fail(taken, failure);
        }
    }

    private void SendBack(TakenCall taken, long? owner)
    {
        lock (_gate)
        {
            _sentBack ??= new int[Shards.Count];
            if (_sentBack[taken.Shard] <= taken.Generation) { _sentBack[taken.Shard] = taken.Generation + 1; }
        }

        using var text = LinkCodec.WriteOwner(owner);
        Send(taken, FrameKind.Moved, text.Json);
        server.LookSoon();
    }

    private bool WasSentBack(TakenCall taken)
    {
        lock (_gate) { return _sentBack is { } sentBack && sentBack[taken.Shard] > taken.Generation; }
    }

    private void Fail(TakenCall taken, Exception failure)
    {
        using var text = LinkCodec.WriteFailure(failure);
        Send(taken, FrameKind.Failure, text.Json);
    }

    private bool TryTakeCredit(TakenCall taken, out bool isOver)
    {
        lock (_gate)
        {
            isOver = _isOver;
            if (isOver || !_credit.Fits(taken.Bytes)) { return false; }
            _credit.Take(taken.Bytes);
            _unanswered++;
            return true;
        }
    }

    private void Send(TakenCall taken, FrameKind kind, ReadOnlySpan<byte> json)
    {
        // Before the frame: when it arrives, the other side takes the credit for its own again.
        lock (_gate) { _credit.Return(taken.Bytes); }
        if (!Connection.TrySend(kind, taken.Number, json) && !Connection.IsClosed)
        {
            // Its answers pile up. A burst passes, and a peer that takes nothing is found out in time; until then nobody waits in vain.
            if (Connection.TrySend(FrameKind.Failure, taken.Number, Lost)) { server.LostAnswer(Connection, json.Length); }
            else { CutOff(); }
        }

        lock (_gate)
        {
            if (--_unanswered == 0 && _idle is not null) { EndNow(); }
        }
    }

    private void CutOff()
    {
        if (Connection.IsClosed) { return; }
        Log.DoesNotRead(logger, Connection.Peer, Connection.WaitingBytes);
        Connection.Close();
    }

    // Under the lock: no call is taken after it, and every answer has been queued before it.
    private void EndNow()
    {
        if (_isOver) { return; }
        _isOver = true;
        Connection.EndWith(FrameKind.Farewell, "\"this process stops\""u8);
        _idle!.TrySetResult();
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1213, Level = LogLevel.Error,
            Message = "The link with {Peer} is cut: it sent more than the {Calls} calls, or {Bytes} bytes, that it may have under way")]
        public static partial void Overdrawn(ILogger logger, string? peer, int calls, int bytes);

        [LoggerMessage(EventId = 1214, Level = LogLevel.Error, Message = "The link with {Peer} is cut: it does not read its answers, {Bytes} bytes wait")]
        public static partial void DoesNotRead(ILogger logger, string? peer, int bytes);
    }
}
