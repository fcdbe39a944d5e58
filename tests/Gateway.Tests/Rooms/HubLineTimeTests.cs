using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Tests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>How long a line waits for whom, by a clock that the test turns.</summary>
public sealed class HubLineTimeTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const char End = '\u001e';
    private const int Text = 1;
    private const int Ping = 9;

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
    public async Task ConnectionThatIsClosedWhileItsCallsHang_EndsAndHearsNoMore()
    {
        await using var line = await BareLine.StartAsync(shared.Server);
        await line.FillAsync();
        line.Line.Close();
        line.Time.Advance(TimeSpan.FromSeconds(10));
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

        public ManualTimeProvider Time { get; } = new();

        public HubLine Line { get; private set; } = null!;

        public Viewer Viewer { get; private set; } = null!;

        public Task Running { get; private set; } = Task.CompletedTask;

        /// <summary>As many as run at once.</summary>
        public int Calls { get; private set; }

        public bool IsAborted => _aborted.IsCancellationRequested;

        public CancellationToken RequestAborted
        {
            get => _aborted.Token;
            set => throw new NotSupportedException();
        }

        public static async Task<BareLine> StartAsync(TestServer server)
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
            var connections = new ViewerConnections(fanOut, Options.Create(new RateLimitOptions()), bare.Time, NullLogger<ViewerConnections>.Instance);
            var lines = new HubLines(
                services.GetRequiredService<RoomCalls>(), services.GetRequiredService<RoomHubFilter>(), services.GetRequiredService<IHubProtocolResolver>(), connections,
                fanOut, services.GetRequiredService<IOptions<HubOptions>>(), bare.Time, services.GetRequiredService<IHostApplicationLifetime>(), NullLogger<HubLines>.Instance);
            bare.Calls = lines.ParallelCallsMax;
            bare.Line = new HubLine(lines, bare, bare._said.Reader, new SocketLane(bare._server, bare.Time));
            bare.Viewer = connections.Add("bare", session: null, bare.Line, IPAddress.Loopback, hasLane: true);
            bare.Running = bare.Line.RunAsync(bare.Viewer);
            return bare;
        }

        public void Abort()
        {
            _aborted.Cancel();
            _said.Writer.Complete(new IOException("The connection was cut."));
        }

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
        public async Task<bool> AnswersAsync(int call)
        {
            var bytes = new byte[4_096];
            var looked = string.Create(CultureInfo.InvariantCulture, $"\"invocationId\":\"c{call}\"");
            while (!_heard.ToString().Contains(looked, StringComparison.Ordinal))
            {
                var count = await _client.ReceiveAsync(bytes).WaitAsync(Patience);
                if (count == 0) { return false; }
                _heard.Append(Encoding.UTF8.GetString(bytes, 0, count));
            }

            return true;
        }

        public async ValueTask DisposeAsync()
        {
            if (!IsAborted) { Abort(); }
            await Running.WaitAsync(Patience);
            _server.Dispose();
            _client.Dispose();
            _aborted.Dispose();
        }
    }
}
