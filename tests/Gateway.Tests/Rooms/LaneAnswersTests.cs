using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>What a hub writes to a connection, as whoever reads the socket sees it.</summary>
public sealed class LaneAnswersTests : IAsyncLifetime
{
    // More than both kernels' buffers hold.
    private const int Big = 64 * 1024 * 1024;
    private readonly DefaultHttpContext _request = new();
    private readonly Format _format = new();
    private readonly Pipe _framework = new();
    private Socket _server = null!;
    private Socket _client = null!;
    private PipeWriter _hub = null!;

    public async ValueTask InitializeAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await _client.ConnectAsync(listener.LocalEndPoint!);
        _server = await listener.AcceptAsync();

        var upgrade = new Upgrade(_server);
        _request.Features.Set<IHttpUpgradeFeature>(upgrade);
        _request.Features.Set<IConnectionSocketFeature>(upgrade);
        LaneUpgrade.Offer(_request);
        var connection = new DefaultConnectionContext("one", new Pipes(new Pipe().Reader, _framework.Writer), new Pipes(new Pipe().Reader, new Pipe().Writer));
        connection.Features.Set<IHttpContextFeature>(new Request { HttpContext = _request });
        connection.Features.Set<ITransferFormatFeature>(_format);
        LaneAnswers.Offer(connection);
        _hub = connection.Transport.Output;
    }

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(125, 2)]
    [InlineData(126, 4)]
    [InlineData(65_535, 4)]
    [InlineData(65_536, 10)]
    [InlineData(300_000, 10)]
    public async Task Answer_IsOneMessageOnTheSocketWhateverItsLength(int length, int header)
    {
        var lane = await UpgradeAsync();
        var answer = Enumerable.Range(0, length).Select(i => (byte)(i % 251)).ToArray();

        // In pieces, as a serialiser writes.
        foreach (var piece in answer.Chunk(1_000)) { Put(piece); }
        var flushing = _hub.FlushAsync(TestContext.Current.CancellationToken).AsTask();
        var frame = await ReadAsync(header + length);
        Assert.False((await flushing).IsCanceled);

        Assert.Equal(0x81, frame[0]);
        Assert.Equal(header switch { 2 => length, 4 => 126, _ => 127 }, frame[1]);
        Assert.Equal(length, header switch { 2 => frame[1], _ => (int)frame[2..header].Aggregate(0L, (sum, one) => (sum << 8) + one) });
        Assert.Equal(answer, frame[header..]);

        await lane.WriteAsync("next"u8.ToArray());
        Assert.Equal("next"u8.ToArray(), await ReadAsync(4));
    }

    [Fact]
    public async Task AnswerOfABinaryProtocol_IsABinaryMessage()
    {
        await UpgradeAsync();
        _format.ActiveFormat = TransferFormat.Binary;
        Put([1, 2, 3]);
        await _hub.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal([0x82, 3, 1, 2, 3], await ReadAsync(5));
    }

    [Fact]
    public async Task FlushWithNothingWritten_SendsNothing()
    {
        await UpgradeAsync();
        await _hub.FlushAsync(TestContext.Current.CancellationToken);
        Put([7]);
        await _hub.FlushAsync(TestContext.Current.CancellationToken);
        await _hub.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal([0x81, 1, 7], await ReadAsync(3));
        Assert.Equal(0, _client.Available);
    }

    [Fact]
    public async Task AnswersAndFanOut_WriteWholeFramesInTheirOrder()
    {
        const int Frames = 2_000;
        var lane = await UpgradeAsync();
        var writing = Task.WhenAll(
            Task.Run(async () =>
            {
                for (var i = 0; i < Frames; i++) { await lane.WriteAsync(Enumerable.Repeat((byte)(i % 10), 102).ToArray()); }
            }),
            Task.Run(async () =>
            {
                for (var i = 0; i < Frames; i++)
                {
                    Put(Enumerable.Repeat((byte)(i % 10), 100).ToArray());
                    await _hub.FlushAsync();
                }
            }));

        var (fanOut, answers) = (0, 0);
        for (var i = 0; i < 2 * Frames; i++)
        {
            var frame = await ReadAsync(102);
            var isAnswer = frame[0] == 0x81;
            var number = isAnswer ? answers++ % 10 : fanOut++ % 10;
            Assert.All(isAnswer ? frame[2..] : frame, one => Assert.Equal(number, one));
        }

        await writing;
    }

    [Fact]
    public async Task FlushThatIsGivenUp_EndsAtOnceAndNothingFollowsTheHalfWrittenFrame()
    {
        await UpgradeAsync();
        Put(new byte[Big]);
        var stuck = _hub.FlushAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(stuck.IsCompleted);

        _hub.CancelPendingFlush();
        Assert.True((await stuck).IsCanceled);
        Put([1, 2, 3]);
        Assert.True((await _hub.FlushAsync(TestContext.Current.CancellationToken)).IsCanceled);
        await _hub.CompleteAsync();

        await ReadAsync(10 + Big);
        Assert.Equal(0, _client.Available);
    }

    [Fact]
    public async Task ConnectionThatEnds_EndsTheFlushThatWaitsWithoutAnError()
    {
        await UpgradeAsync();
        Put(new byte[Big]);
        var stuck = _hub.FlushAsync(TestContext.Current.CancellationToken).AsTask();
        _server.Dispose();
        Assert.True((await stuck).IsCompleted);
    }

    [Fact]
    public async Task ConnectionWithoutALane_KeepsTheFrameworksWay()
    {
        Put(Encoding.UTF8.GetBytes("hello"));
        await _hub.FlushAsync(TestContext.Current.CancellationToken);
        var read = await _framework.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal("hello", Encoding.UTF8.GetString(read.Buffer));
        Assert.Equal(0, _client.Available);
    }

    private async Task<SocketLane> UpgradeAsync()
    {
        await _request.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();
        return LaneUpgrade.Of(_request)!;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_hub.GetSpan(bytes.Length));
        _hub.Advance(bytes.Length);
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var read = new byte[count];
        for (var at = 0; at < count;)
        {
            var got = await _client.ReceiveAsync(read.AsMemory(at));
            Assert.NotEqual(0, got);
            at += got;
        }

        return read;
    }

    private sealed class Upgrade(Socket socket) : IHttpUpgradeFeature, IConnectionSocketFeature
    {
        public bool IsUpgradableRequest => true;

        public Socket Socket => socket;

        public Task<Stream> UpgradeAsync() => Task.FromResult(Stream.Null);
    }

    private sealed class Request : IHttpContextFeature
    {
        public HttpContext? HttpContext { get; set; }
    }

    private sealed class Format : ITransferFormatFeature
    {
        public TransferFormat SupportedFormats => TransferFormat.Text | TransferFormat.Binary;

        public TransferFormat ActiveFormat { get; set; } = TransferFormat.Text;
    }

    private sealed class Pipes(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
