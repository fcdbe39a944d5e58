using System.Net;
using System.Net.Sockets;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>Two write to one socket, and whoever reads it sees whole frames.</summary>
public sealed class SocketLaneTests : IAsyncLifetime
{
    // More than both kernels' buffers hold.
    private const int Big = 64 * 1024 * 1024;
    private Socket _server = null!;
    private Socket _client = null!;
    private SocketLane _lane = null!;

    public async ValueTask InitializeAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await _client.ConnectAsync(listener.LocalEndPoint!);
        _server = await listener.AcceptAsync();
        _server.Blocking = false;
        _lane = new SocketLane(_server, TimeProvider.System);
    }

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task FrameThatTheKernelTakesAtOnce_IsWrittenAtOnce()
    {
        var write = _lane.WriteAsync(Frame(1, 100));

        Assert.True(write.IsCompletedSuccessfully);
        Assert.Equal(Frame(1, 100), await ReadAsync(100));
        await write;
    }

    [Fact]
    public async Task FrameThatDoesNotFit_IsFinishedBeforeAnyOtherBegins()
    {
        var big = _lane.WriteAsync(Frame(1, Big)).AsTask();
        var own = _lane.WriteAnswerAsync(Frame(0x82, 50)).AsTask();
        Assert.False(big.IsCompleted);
        Assert.False(own.IsCompleted);

        Assert.Equal(Frame(1, Big), await ReadAsync(Big));
        Assert.Equal(Frame(0x82, 50), await ReadAsync(50));
        await Task.WhenAll(big, own);
    }

    [Fact]
    public async Task FrameOfTheFanOut_DoesNotComeBetweenThePartsOfAMessage()
    {
        // A text message in three frames: begun, continued, ended; a ping may come in between.
        await _lane.WriteOfFrameworkAsync(Frame(0x01, 10));
        var fanOut = _lane.WriteAsync(Frame(0x81, 20)).AsTask();
        await _lane.WriteOfFrameworkAsync(Frame(0x89, 5));
        await _lane.WriteOfFrameworkAsync(Frame(0x00, 10));
        Assert.False(fanOut.IsCompleted);
        await _lane.WriteOfFrameworkAsync(Frame(0x80, 10));
        await fanOut;

        byte[] expected = [.. Frame(0x01, 10), .. Frame(0x89, 5), .. Frame(0x00, 10), .. Frame(0x80, 10), .. Frame(0x81, 20)];
        Assert.Equal(expected, await ReadAsync(expected.Length));
    }

    [Fact]
    public async Task AnswersThatWait_GoInTheirOrderBeforeTheFanOutAndBeforeTheLastWords()
    {
        var big = _lane.WriteAnswerAsync(Frame(1, Big)).AsTask();
        var fanOut = _lane.WriteAsync(Frame(9, 30)).AsTask();
        var first = _lane.WriteAnswerAsync(Frame(2, 10)).AsTask();
        var second = _lane.WriteAnswerAsync(Frame(3, 20)).AsTask();
        var last = _lane.WriteLastAsync(Frame(4, 5)).AsTask();
        await ReadAsync(Big);

        byte[] expected = [.. Frame(2, 10), .. Frame(3, 20), .. Frame(4, 5)];
        Assert.Equal(expected, await ReadAsync(expected.Length));
        await Task.WhenAll(big, first, second, last);
        await Assert.ThrowsAsync<IOException>(() => fanOut);
    }

    [Fact]
    public async Task WriteThatTheKernelDoesNotTake_SaysSinceWhenItWaits()
    {
        var time = new ManualTimeProvider();
        var lane = new SocketLane(_server, time);
        Assert.Equal(TimeSpan.Zero, lane.WaitsFor());
        var stuck = lane.WriteAnswerAsync(Frame(1, Big)).AsTask();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), lane.WaitsFor());
        await ReadAsync(Big);
        await stuck;
        Assert.Equal(TimeSpan.Zero, lane.WaitsFor());
    }

    [Fact]
    public async Task TwoThatWriteAtOnce_WriteWholeFramesInTheirOrder()
    {
        const int Frames = 2_000;
        var writing = Task.WhenAll(
            Task.Run(async () =>
            {
                for (var i = 0; i < Frames; i++) { await _lane.WriteAsync(Frame((byte)(0x10 + (i % 10)), 1_000)); }
            }),
            Task.Run(async () =>
            {
                for (var i = 0; i < Frames; i++) { await _lane.WriteAnswerAsync(Frame((byte)(0xA0 + (i % 8)), 1_000)); }
            }));

        var (fanOut, answers) = (0, 0);
        for (var i = 0; i < 2 * Frames; i++)
        {
            var frame = await ReadAsync(1_000);
            Assert.All(frame, one => Assert.Equal(frame[0], one));
            Assert.Equal(frame[0] < 0x80 ? 0x10 + (fanOut++ % 10) : 0xA0 + (answers++ % 8), frame[0]);
        }

        await writing;
    }

    [Fact]
    public async Task ConnectionThatEnds_EndsTheWriteThatWaits()
    {
        var stuck = _lane.WriteAsync(Frame(1, Big)).AsTask();
        _server.Dispose();

        await Assert.ThrowsAsync<IOException>(() => stuck);
        await Assert.ThrowsAsync<IOException>(() => _lane.WriteAsync(Frame(1, 1)).AsTask());
        await Assert.ThrowsAsync<IOException>(() => _lane.WriteAnswerAsync(Frame(0x81, 1)).AsTask());
    }

    [Fact]
    public async Task Nothing_FollowsTheLastWords()
    {
        // One waits for the lane while it is closed, and others come later.
        var big = _lane.WriteAnswerAsync(Frame(0x82, Big)).AsTask();
        var waiting = _lane.WriteAsync(Frame(0x81, 20)).AsTask();
        var close = _lane.WriteLastAsync(Frame(0x88, 4)).AsTask();
        Assert.Equal(Frame(0x82, Big), await ReadAsync(Big));
        await Task.WhenAll(big, close);

        await Assert.ThrowsAsync<IOException>(() => waiting);
        await Assert.ThrowsAsync<IOException>(() => _lane.WriteAsync(Frame(0x81, 20)).AsTask());
        await Assert.ThrowsAsync<IOException>(() => _lane.WriteAnswerAsync(Frame(0x81, 20)).AsTask());
        Assert.Equal(Frame(0x88, 4), await ReadAsync(4));
        _server.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await _client.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task Nothing_FollowsTheFrameworksCloseFrame()
    {
        var big = _lane.WriteOfFrameworkAsync(Frame(0x82, Big)).AsTask();
        var waiting = _lane.WriteAsync(Frame(0x81, 20)).AsTask();
        var close = _lane.WriteOfFrameworkAsync(Frame(0x88, 4)).AsTask();
        Assert.Equal(Frame(0x82, Big), await ReadAsync(Big));
        await Task.WhenAll(big, close);

        await Assert.ThrowsAsync<IOException>(() => waiting);
        await Assert.ThrowsAsync<IOException>(() => _lane.WriteAsync(Frame(0x81, 20)).AsTask());
        Assert.Equal(Frame(0x88, 4), await ReadAsync(4));
    }

    private static byte[] Frame(byte what, int length)
    {
        var frame = new byte[length];
        Array.Fill(frame, what);
        return frame;
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
}
