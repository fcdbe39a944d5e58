using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Gateway.Tests.Video;
using LiveCommerce.Tests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>How long a line waits for whom, by a clock that the test turns.</summary>
public sealed class HubLineTimeTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const char End = '\u001e';
    private const int Text = 1;
    private const int Close = 8;
    private const int Ping = 9;
    private const int Pong = 10;

    private static readonly TimeSpan Stuck = TimeSpan.FromHours(1);

    [Fact]
    public async Task ClientThatKeepsTalkingAndNeverSaysItsProtocol_IsOutOfTime()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        for (var second = 0; second < 15; second++)
        {
            Assert.True(line.Line.Tend(Stuck));
            await line.SayAsync("x", Ping);
            await line.SayBytesAsync(second == 0 ? [0x01, 0x81, 0, 0, 0, 0, (byte)'{'] : [0x00, 0x81, 0, 0, 0, 0, (byte)' ']);
            line.Time.Advance(TimeSpan.FromSeconds(1));
        }

        line.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(line.Line.Tend(Stuck));
    }

    [Fact]
    public async Task ClientThatDripsOneMessageForEver_IsOutOfTime()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.SayAsync($$"""{"protocol":"json","version":1}{{End}}""");
        for (var second = 0; second < 30; second++)
        {
            Assert.True(line.Line.Tend(Stuck));
            await line.SayBytesAsync(second == 0 ? [0x01, 0x81, 0, 0, 0, 0, (byte)'{'] : [0x00, 0x81, 0, 0, 0, 0, (byte)' ']);
            line.Time.Advance(TimeSpan.FromSeconds(1));
        }

        line.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(line.Line.Tend(Stuck));
    }

    [Fact]
    public async Task ClientWithoutAMessageThatPings_IsThere()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.SayAsync($$"""{"protocol":"json","version":1}{{End}}""");
        for (var second = 0; second < 60; second += 20)
        {
            await line.SayAsync("x", Ping);
            line.Time.Advance(TimeSpan.FromSeconds(20));
            Assert.True(line.Line.Tend(Stuck));
        }
    }

    [Fact]
    public async Task ConnectionThatIsClosedWhileItsCallsHang_EndsInOrderAndHearsNoMore()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.FillAsync();
        line.Line.Close();
        line.Time.Advance(line.CloseGrace - TimeSpan.FromMilliseconds(1));
        Assert.False(line.Running.IsCompleted);
        line.Time.Advance(TimeSpan.FromMilliseconds(1));
        await line.Running.WaitAsync(BareLine.Patience);
        Assert.False(line.IsAborted);
        await line.TakeAsync($"{{}}{End}".Length + 2);
        await line.TakeAsync($$"""{"type":7}{{End}}""".Length + 2);
        Assert.Equal([0x80 | Close, 2, 1000 >> 8, 1000 & 0xff], await line.TakeAsync(4));
    }

    [Fact]
    public async Task ClientThatTakesNothing_IsCutOffWhenItsTimeToLeaveIsOver()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.SayAsync($$"""{"protocol":"json","version":1}{{End}}""");
        Assert.True(await line.HearsAsync($"{{}}{End}"));
        var stuck = line.Lane.WriteAsync(new byte[16 * 1024 * 1024]).AsTask();
        Assert.False(stuck.IsCompleted);
        line.Line.Close();
        line.Time.Advance(line.CloseGrace - TimeSpan.FromMilliseconds(1));
        Assert.False(line.IsAborted);
        line.Time.Advance(TimeSpan.FromMilliseconds(1));
        await line.Running.WaitAsync(BareLine.Patience);
        Assert.True(line.IsAborted);
    }

    [Fact]
    public async Task ConnectionThatIsCutWhileItsCallsHang_Ends()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.FillAsync();
        Assert.True(line.Line.Abort());
        Assert.False(line.Line.Abort());
        await line.Running.WaitAsync(BareLine.Patience);
    }

    [Fact]
    public async Task ClientThatCouldNotBeHeardWhileItsCallsHung_IsNotOutOfTimeWhenTheyEnd()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.FillAsync();
        line.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(line.Line.Tend(Stuck));
        line.Viewer.Moving.Release();
        for (var answers = 0; answers < line.Calls; answers++) { Assert.True(await line.AnswersAsync(answers)); }
        Assert.True(line.Line.Tend(Stuck));
    }

    [Fact]
    public async Task ClientThatIsGoneWhileItsCallsHang_IsLetGoAtOnce()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.FillAsync();
        line.Hangup();
        await line.Running.WaitAsync(BareLine.Patience);
    }

    [Fact]
    public async Task ClientThatSaysGoodbyeWhileItsCallsHang_IsAnsweredAndLetGoWithinTheTimeOfAGoodbye()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.FillAsync();
        await line.SayAsync("", Close);
        line.Time.Advance(line.CloseGrace - TimeSpan.FromMilliseconds(1));
        Assert.False(line.Running.IsCompleted);
        line.Time.Advance(TimeSpan.FromMilliseconds(1));
        await line.Running.WaitAsync(BareLine.Patience);
        Assert.False(line.IsAborted);
        await line.TakeAsync($"{{}}{End}".Length + 2);
        Assert.Equal([0x80 | Close, 2, 1000 >> 8, 1000 & 0xff], await line.TakeAsync(4));
    }

    [Fact]
    public async Task WhatWasAskedBeforeAGoodbye_IsServedStill()
    {
        await using var line = await BareLine.StartAsync(shared.Server, calls => new RateLimitOptions { HubCallsBurst = calls + 1, HubCallsPerSecond = 1 });
        await line.FillAsync();
        await line.SayAsync("", Close);
        line.Viewer.Moving.Release();
        await line.Running.WaitAsync(BareLine.Patience);
        Assert.False(line.IsAborted);

        // Each has taken one of as many as the connection may make.
        Assert.NotNull(line.Viewer.Bucket.TryTake());
    }

    [Fact]
    public async Task PingWhileCallsHang_IsAnswered()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.FillAsync();
        await line.SayAsync("still there", Ping);
        Assert.True(await line.HearsAsync("still there"));
    }

    [Fact]
    public async Task MoreThanMayWait_IsReadWhenThereIsRoom_AndAnswered()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.FillAsync();
        var (first, last) = (line.Calls + 1, line.Calls + 5);
        for (var call = first; call <= last; call++)
        {
            // Four of them fit; the last goes out in two frames, which have their room together.
            var text = $$"""{"type":1,"invocationId":"c{{call}}","target":"Malformed","arguments":["{{new string('x', 30_000)}}"]}{{End}}""";
            if (call < last) { await line.SayBytesAsync(Frame(0x81, text)); }
            else { await line.SayBytesAsync([.. Frame(0x01, text[..10_000]), .. Frame(0x80, text[10_000..])]); }
        }

        line.Viewer.Moving.Release();
        for (var call = 0; call <= last; call++) { Assert.True(await line.AnswersAsync(call)); }
    }

    [Fact]
    public async Task PingsWhileNothingCanBeWritten_AreAnsweredByTheFirstAndTheLast()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.SayAsync($$"""{"protocol":"json","version":1}{{End}}""");
        Assert.True(await line.HearsAsync($"{{}}{End}"));
        var much = new byte[16 * 1024 * 1024];
        var stuck = line.Lane.WriteAsync(much).AsTask();
        Assert.False(stuck.IsCompleted);
        foreach (var asked in (string[])["1", "2", "3", "4"]) { await line.SayAsync(asked, Ping); }

        await line.TakeAsync(much.Length);
        await stuck.WaitAsync(BareLine.Patience);
        Assert.Equal([0x80 | Pong, 1, (byte)'1', 0x80 | Pong, 1, (byte)'4'], await line.TakeAsync(6));
        await line.SayAsync("5", Ping);
        Assert.Equal([0x80 | Pong, 1, (byte)'5'], await line.TakeAsync(3));
    }

    [Fact]
    public async Task AnswerThatCannotBeWritten_IsSaidInTheLog_AndTheClientIsToldToConnectAgain()
    {
        await using var line = await BareLine.StartAsync(shared.Server, protocol: new JsonHubProtocol(Options.Create(new JsonHubProtocolOptions
        {
            PayloadSerializerOptions = new JsonSerializerOptions { Converters = { new Unwritable() } },
        })));
        await line.SayAsync($$"""{"protocol":"json","version":1}{{End}}{"type":1,"invocationId":"1","target":"Leave","arguments":[]}{{End}}""");
        Assert.True(await line.HearsAsync("An answer could not be given. Connect again."));
        Assert.StartsWith("2021 The answer to Leave", Assert.Single(line.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoAsksForStreams_MayAskNoOftenerThanWhoCalls()
    {
        await using var line = await BareLine.StartAsync(shared.Server, _ => new RateLimitOptions { HubCallsBurst = 2, HubCallsPerSecond = 1 });
        await line.SayAsync($$"""{"protocol":"json","version":1}{{End}}""");
        foreach (var id in (string[])["s1", "s2", "s3"]) { await line.SayAsync($$"""{"type":4,"invocationId":"{{id}}","target":"Leave","arguments":[]}{{End}}"""); }
        Assert.True(await line.HearsAsync("\"invocationId\":\"s3\",\"error\":\"Too many requests."));
        Assert.False(line.HasHeard("\"invocationId\":\"s2\",\"error\":\"Too many requests."));
    }

    [Fact]
    public async Task ConnectionBeforeItsProtocol_IsCutRatherThanSpokenTo()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        line.Line.ComeBack();
        Assert.True(line.IsAborted);
        await line.Running.WaitAsync(BareLine.Patience);
    }

    [Fact]
    public async Task OutboxThatWrites_IsNotSilent()
    {
        var time = new ManualTimeProvider();
        var viewer = new TestViewer(time);
        viewer.Pause();
        viewer.Viewer.Outbox.TryEnqueue(WireMessage.Call("closed", new Refusal(RefusalCode.Malformed, "x")));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, viewer.Viewer.Outbox.SilentFor());
        viewer.Resume();
        await TestServer.UntilAsync(() => Task.FromResult(viewer.Viewer.Outbox.StuckFor() == TimeSpan.Zero && viewer.Frames == 1));
    }

    [Fact]
    public void ConnectionThatCannotBeLookedAfter_DoesNotKeepTheOthersFromIt()
    {
        var connections = new ViewerConnections(
            Options.Create(new FanOutOptions()), Options.Create(new RateLimitOptions()), TimeProvider.System, NullLogger<ViewerConnections>.Instance);
        for (var i = 0; i < 4; i++) { connections.Add($"{i}", session: null, new Odd(isBroken: i % 2 == 0), IPAddress.Loopback, hasLane: true); }
        Assert.Equal(2, connections.Sweep());
    }

    private static byte[] Frame(byte first, string text)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        return [first, 0x80 | 126, (byte)(payload.Length >> 8), (byte)(payload.Length & 0xff), 0, 0, 0, 0, .. payload];
    }

    private sealed class Unwritable : JsonConverter<Result<Done>>
    {
        public override Result<Done> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Result<Done> value, JsonSerializerOptions options) => throw new NotSupportedException("It can't be written.");
    }

    private sealed class Odd(bool isBroken) : IFrameSink
    {
        public ValueTask WriteAsync(WireMessage frame) => ValueTask.CompletedTask;

        public void Close()
        {
        }

        public bool Abort() => true;

        public void ComeBack()
        {
        }

        public bool Tend(TimeSpan stuck) => isBroken ? throw new InvalidOperationException("It can't be looked after.") : false;
    }

    /// <summary>A line whose client is a pipe and the other end of a socket.</summary>
    private sealed class BareLine : IAsyncDisposable, IHttpRequestLifetimeFeature
    {
        public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private readonly Pipe _said = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
        private readonly CancellationTokenSource _aborted = new();
        private readonly StringBuilder _heard = new();
        private Socket _server = null!;
        private Socket _client = null!;
        private LoggerFactory _loggers = null!;

        public ManualTimeProvider Time { get; } = new();

        public CapturedLog Log { get; } = new();

        public HubLine Line { get; private set; } = null!;

        public SocketLane Lane { get; private set; } = null!;

        public Viewer Viewer { get; private set; } = null!;

        public Task Running { get; private set; } = Task.CompletedTask;

        /// <summary>As many as run at once.</summary>
        public int Calls { get; private set; }

        public TimeSpan CloseGrace { get; private set; }

        public bool IsAborted => _aborted.IsCancellationRequested;

        public CancellationToken RequestAborted
        {
            get => _aborted.Token;
            set => throw new NotSupportedException();
        }

        /// <summary>Starts one.</summary>
        /// <param name="limits">From how many calls may run at once; null: the usual.</param>
        /// <param name="protocol">Instead of those of the server.</param>
        public static async Task<BareLine> StartAsync(TestServer server, Func<int, RateLimitOptions>? limits = null, IHubProtocol? protocol = null)
        {
            var bare = new BareLine();
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            bare._client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await bare._client.ConnectAsync(listener.LocalEndPoint!);
            bare._server = await listener.AcceptAsync();
            bare._server.Blocking = false;

            var services = server.Services;
            var fanOut = services.GetRequiredService<IOptions<FanOutOptions>>();
            var rates = limits?.Invoke(fanOut.Value.ParallelCallsMax) ?? new RateLimitOptions();
            var connections = new ViewerConnections(fanOut, Options.Create(rates), bare.Time, NullLogger<ViewerConnections>.Instance);
            var protocols = protocol is null ? services.GetRequiredService<IHubProtocolResolver>() : new OneProtocol(protocol);
            bare._loggers = new LoggerFactory([bare.Log]);
            var lines = new HubLines(
                services.GetRequiredService<RoomCalls>(), services.GetRequiredService<RoomHubFilter>(), protocols, connections,
                fanOut, services.GetRequiredService<IOptions<HubOptions>>(), bare.Time, services.GetRequiredService<IHostApplicationLifetime>(), bare._loggers.CreateLogger<HubLines>());
            (bare.Calls, bare.CloseGrace) = (lines.ParallelCallsMax, lines.CloseGrace);
            bare.Lane = new SocketLane(bare._server, bare.Time);
            bare.Line = new HubLine(lines, bare, bare._said.Reader, bare.Lane);
            bare.Viewer = connections.Add("bare", session: null, bare.Line, IPAddress.Loopback, hasLane: true);
            bare.Running = bare.Line.RunAsync(bare.Viewer);
            return bare;
        }

        public void Abort()
        {
            _aborted.Cancel();
            _said.Writer.Complete(new IOException("The connection was cut."));
        }

        /// <summary>The client's end of the connection is closed.</summary>
        public void Hangup() => _said.Writer.Complete();

        public Task SayAsync(string text, int kind = Text)
        {
            var payload = Encoding.UTF8.GetBytes(text);
            return SayBytesAsync([(byte)(0x80 | kind), (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload]);
        }

        public async Task SayBytesAsync(byte[] bytes) => await _said.Writer.WriteAsync(bytes);

        /// <summary>Calls that hang until the viewer may move, and one more than may run at once.</summary>
        public async Task FillAsync()
        {
            await SayAsync($$"""{"protocol":"json","version":1}{{End}}""");
            await Viewer.Moving.WaitAsync();
            for (var call = 0; call <= Calls; call++) { await SayAsync($$"""{"type":1,"invocationId":"c{{call}}","target":"Leave","arguments":[]}{{End}}"""); }
        }

        /// <summary>Whether a call is answered.</summary>
        public Task<bool> AnswersAsync(int call) => HearsAsync(string.Create(CultureInfo.InvariantCulture, $"\"invocationId\":\"c{call}\""));

        /// <summary>Whether the client is told this before its connection ends.</summary>
        public async Task<bool> HearsAsync(string what)
        {
            var bytes = new byte[4_096];
            while (!HasHeard(what))
            {
                var count = await _client.ReceiveAsync(bytes).WaitAsync(Patience);
                if (count == 0) { return false; }
                _heard.Append(Encoding.UTF8.GetString(bytes, 0, count));
            }

            return true;
        }

        /// <summary>Whether it was among what the client has been told.</summary>
        public bool HasHeard(string what) => _heard.ToString().Contains(what, StringComparison.Ordinal);

        /// <summary>The next bytes that the client is sent.</summary>
        public async Task<byte[]> TakeAsync(int count)
        {
            var bytes = new byte[count];
            for (var got = 0; got < count;)
            {
                var came = await _client.ReceiveAsync(bytes.AsMemory(got), SocketFlags.None).AsTask().WaitAsync(Patience);
                Assert.NotEqual(0, came);
                got += came;
            }

            return bytes;
        }

        public async ValueTask DisposeAsync()
        {
            if (!IsAborted) { Abort(); }
            await Running.WaitAsync(Patience);
            _server.Dispose();
            _client.Dispose();
            _aborted.Dispose();
            _loggers.Dispose();
        }

        private sealed class OneProtocol(IHubProtocol protocol) : IHubProtocolResolver
        {
            public IReadOnlyList<IHubProtocol> AllProtocols => [protocol];

            public IHubProtocol? GetProtocol(string protocolName, IReadOnlyList<string>? supportedProtocols) => protocolName == protocol.Name ? protocol : null;
        }
    }
}
