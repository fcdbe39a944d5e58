using System.Net;
using System.Net.WebSockets;
using System.Net.Sockets;
using System.Text;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Video.Instant;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>The instant path over real sockets: what viewers are given, and who is sent away.</summary>
public sealed class InstantTests
{
    private static readonly MediaTrack Picture = new(1, TrackKind.Video, 1000, "avc1.42c01f", 640, 360);
    private static readonly DateTimeOffset RecordedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);

    private readonly string _room = VideoHost.NewId();

    [Fact]
    public async Task ViewersWhoJoinInTheMiddle_GetAHeaderAndAKeyframe_AndTheSameBytesThatPlayers_CanDecode()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");

        await using var first = await InstantClient.WatchAsync(host.Address, stream);
        await using var second = await InstantClient.WatchAsync(host.Address, stream);
        await publisher.ByeAsync();
        var (one, other) = (await ToTheEndAsync(first), await ToTheEndAsync(second));

        Assert.Equal("source", first.Said.GetProperty("rung").GetString());
        Assert.Matches("^avc1\\.[0-9a-f]{6},mp4a\\.40\\.2$", first.Said.GetProperty("codecs").GetString());
        Assert.Equal([InstantHeard.Init, InstantHeard.Fragment], one.Take(2).Select(frame => frame.Kind));
        Assert.True(one[1].Keyframe);
        Assert.Equal(640, one[0].About.GetProperty("width").GetInt32());
        // Who joined after the next keyframe begins there; what both were given is the same.
        Assert.Equal(one[0].Whole, other[0].Whole);
        var both = Math.Min(one.Count, other.Count) - 1;
        Assert.Equal(one.TakeLast(both).Select(frame => frame.Whole), other.TakeLast(both).Select(frame => frame.Whole));

        var fragments = one.Where(frame => frame.Kind == InstantHeard.Fragment).ToList();
        Assert.Equal(fragments.OrderBy(frame => frame.Time), fragments);
        Assert.All(fragments, frame => Assert.Equal(fragments[0].At - fragments[0].Time, frame.At - frame.Time, TimeSpan.FromMilliseconds(2)));
        var file = Path.Combine(Path.GetTempPath(), $"{VideoHost.NewId()}.mp4");
        try
        {
            await File.WriteAllBytesAsync(file, [.. one[0].InitSegment, .. fragments.SelectMany(frame => frame.Payload)]);
            Assert.Empty(Samples.Decode(new Uri(file)));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task FirstViewer_IsGivenTheSegmentThatIsStillOpen_WithTheTimesOfThePlaylist()
    {
        await using var host = await VideoHost.StartAsync();
        var (broadcast, seat) = await OpenAsync(host);
        Begin(broadcast, seat);
        Record(broadcast, seat, fragments: 100);

        await using var viewer = await InstantClient.WatchAsync(host.Address, broadcast.StreamId);

        Assert.Equal(0, viewer.Said.GetProperty("run").GetInt32());
        Assert.Equal(InstantHeard.Init, (await viewer.NextAsync()).Kind);
        var first = await viewer.NextAsync();
        Assert.True(first.Keyframe);
        Assert.Equal(TimeSpan.FromSeconds(4), first.Time);
        Assert.Equal(RecordedAt.AddSeconds(4), first.At);
        for (var number = 81; number < 100; number++) { Assert.Equal(TimeSpan.FromMilliseconds(50 * number), (await viewer.NextAsync()).Time); }

        Record(broadcast, seat, fragments: 1, from: 100);
        Assert.Equal(TimeSpan.FromSeconds(5), (await viewer.NextAsync()).Time);
    }

    [Fact]
    public async Task PublisherThatComesBack_IsANewRunWithItsOwnHeader()
    {
        await using var host = await VideoHost.StartAsync();
        var (broadcast, seat) = await OpenAsync(host);
        Begin(broadcast, seat);
        Record(broadcast, seat, fragments: 30);
        await using var viewer = await InstantClient.WatchAsync(host.Address, broadcast.StreamId);

        broadcast.Leave(seat, null);
        Assert.Equal(0u, (await viewer.NextAsync(InstantHeard.Pause)).Run);
        seat = broadcast.Sit()!;
        Begin(broadcast, seat);
        Record(broadcast, seat, fragments: 1);

        var header = await viewer.NextAsync();
        Assert.Equal((InstantHeard.Init, 1u), (header.Kind, header.Run));
        var next = await viewer.NextAsync();
        Assert.Equal((InstantHeard.Fragment, 1u, true), (next.Kind, next.Run, next.Keyframe));
    }

    [Fact]
    public async Task ViewerBeforeTheFirstPicture_WaitsForIt()
    {
        await using var host = await VideoHost.StartAsync();
        var (broadcast, seat) = await OpenAsync(host);
        await using var viewer = await InstantClient.WatchAsync(host.Address, broadcast.StreamId);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, viewer.Said.GetProperty("codecs").ValueKind);

        Begin(broadcast, seat);
        Record(broadcast, seat, fragments: 1);

        Assert.Equal(InstantHeard.Init, (await viewer.NextAsync()).Kind);
        Assert.True((await viewer.NextAsync()).Keyframe);
    }

    [Fact]
    public async Task ViewerThatTakesNothing_IsLetGo_AndHoldsUpNobody()
    {
        const int large = 200_000;
        await using var host = await VideoHost.StartAsync(("InstantStuckSeconds", "0.5"));
        var (broadcast, seat) = await OpenAsync(host);
        Begin(broadcast, seat);
        using var stuck = await DeafAsync(host.Address, broadcast.StreamId);
        await using var viewer = await InstantClient.WatchAsync(host.Address, broadcast.StreamId);
        await Eventually.True(() => host.Get<InstantFeeds>().Count == 2);

        // Each fragment is heard before the next comes: the reader keeps up while the other has one write that does not end.
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var number = 0; host.Get<InstantFeeds>().Count == 2; number++)
        {
            Record(broadcast, seat, fragments: 1, from: number, bytes: large);
            Assert.Equal(TimeSpan.FromMilliseconds(50 * number), (await viewer.NextAsync(InstantHeard.Fragment)).Time);
            await pace.WaitForNextTickAsync();
        }
    }

    [Fact]
    public async Task ViewerThatSkipsAgainAndAgain_IsSentToHls()
    {
        await using var host = await VideoHost.StartAsync(("InstantBehindSeconds", "0.5"), ("InstantSkipsMax", "0"));
        var (broadcast, seat) = await OpenAsync(host);
        Begin(broadcast, seat);
        await using var slow = await InstantClient.WatchAsync(host.Address, broadcast.StreamId);

        // It reads nothing until it must skip: more than its kernel holds has come, for longer than it may be behind.
        var number = 0;
        await Eventually.True(() =>
        {
            Record(broadcast, seat, fragments: 1, from: number++, bytes: 400_000);
            return number == 60;
        });

        Assert.Equal(InstantClose.TooSlow, await slow.ClosedAsync());
    }

    [Fact]
    public async Task RungThatIsNotCarried_IsReplacedByTheSource()
    {
        await using var host = await VideoHost.StartAsync();
        var (broadcast, seat) = await OpenAsync(host);
        Begin(broadcast, seat);
        Record(broadcast, seat, fragments: 30);
        Begin(broadcast, seat, rung: "p240", width: 424, height: 240);
        Record(broadcast, seat, fragments: 30, rung: "p240");

        await using var lower = await InstantClient.WatchAsync(host.Address, broadcast.StreamId, "p240");
        await using var none = await InstantClient.WatchAsync(host.Address, broadcast.StreamId, "p9000");

        Assert.Equal(240, (await lower.NextAsync()).About.GetProperty("height").GetInt32());
        Assert.Equal(["source", "p240"], lower.Said.GetProperty("rungs").EnumerateArray().Select(rung => rung.GetProperty("name").GetString()));
        Assert.Equal("source", none.Said.GetProperty("rung").GetString());
        broadcast.DropRung("p240");
        Assert.Equal(InstantClose.ComeBack, await lower.ClosedAsync());
    }

    [Fact]
    public async Task End_SaysWhetherToComeBack()
    {
        await using var host = await VideoHost.StartAsync();
        var (broadcast, seat) = await OpenAsync(host);
        Begin(broadcast, seat);
        Record(broadcast, seat, fragments: 30);
        await using var viewer = await InstantClient.WatchAsync(host.Address, broadcast.StreamId);
        broadcast.End(BroadcastEnd.Finished);
        Assert.Equal(InstantClose.Over, await viewer.ClosedAsync());

        var (another, _) = await OpenAsync(host, VideoHost.NewId());
        await using var waiting = await InstantClient.WatchAsync(host.Address, another.StreamId);
        var stopping = host.StopAsync();
        Assert.Equal(InstantClose.ComeBack, await waiting.ClosedAsync());
        await stopping;
    }

    [Theory]
    [InlineData("InstantViewersMax")]
    [InlineData("InstantViewersPerStreamMax")]
    [InlineData("InstantViewersPerAddressMax")]
    public async Task MoreViewersThanTheBound_AreSentToHls_AndAPlaceThatIsLeftIsFree(string bound)
    {
        await using var host = await VideoHost.StartAsync((bound, "1"));
        var (broadcast, _) = await OpenAsync(host);
        var first = await InstantClient.WatchAsync(host.Address, broadcast.StreamId);

        await using var refused = await InstantClient.ConnectAsync(host.Address, broadcast.StreamId);
        Assert.Equal(InstantClose.Full, await refused.ClosedAsync());
        Assert.Equal("instant_full", refused.Said.GetProperty("name").GetString());

        await first.DisposeAsync();
        await Eventually.True(() => host.Get<InstantFeeds>().Count == 0);
        await using var next = await InstantClient.WatchAsync(host.Address, broadcast.StreamId);
    }

    [Fact]
    public async Task SilentViewer_MayAskWhetherTheLineStands()
    {
        await using var host = await VideoHost.StartAsync();
        var (broadcast, _) = await OpenAsync(host);
        await using var viewer = await InstantClient.WatchAsync(host.Address, broadcast.StreamId);

        Assert.Equal("pong", (await viewer.AskAsync("ping")).GetProperty("type").GetString());
    }

    [Fact]
    public async Task WrongAddressesAndWords_AreRefusedWithACode()
    {
        await using var host = await VideoHost.StartAsync();
        var (broadcast, _) = await OpenAsync(host);

        await using var nowhere = await InstantClient.ConnectAsync(host.Address, VideoHost.NewId());
        Assert.Equal(InstantClose.NotFound, await nowhere.ClosedAsync());
        foreach (var words in (string[])["{}", "hello", """{"type":["watch"]}"""])
        {
            await using var rude = await InstantClient.ConnectAsync(host.Address, broadcast.StreamId, watch: words);
            Assert.Equal(InstantClose.Malformed, await rude.ClosedAsync());
        }

        // Whoever says more than is read may find the line cut before it hears why.
        try
        {
            await using var endless = await InstantClient.ConnectAsync(host.Address, broadcast.StreamId, watch: new string('x', 5000));
            Assert.Equal(InstantClose.Malformed, await endless.ClosedAsync());
        }
        catch (WebSocketException cut)
        {
            Assert.Equal(WebSocketError.ConnectionClosedPrematurely, cut.WebSocketErrorCode);
        }

        using var plain = await host.Http.GetAsync($"/live/{broadcast.StreamId}/instant");
        Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);
    }

    private async Task<(Broadcast Broadcast, Broadcast.Seat Seat)> OpenAsync(VideoHost host, string? room = null)
    {
        var lease = await host.Desk.OpenAsync(room ?? _room, new PublishRequest(null, "right-key", "test", TakeOver: false));
        var broadcast = host.Broadcasts.Take(room ?? _room, lease.Value!)!;
        return (broadcast, broadcast.Sit()!);
    }

    private static void Begin(Broadcast broadcast, Broadcast.Seat seat, string rung = Rung.SourceName, int width = 640, int height = 360) =>
        Assert.Null(broadcast.Take(seat, rung, new InitSegment(new byte[600], [Picture with { Width = width, Height = height }]), RecordedAt));

    /// <summary>Fragments of 50 ms with a keyframe a second.</summary>
    private static void Record(Broadcast broadcast, Broadcast.Seat seat, int fragments, int from = 0, string rung = Rung.SourceName, int bytes = 1000)
    {
        for (var number = from; number < from + fragments; number++)
        {
            var run = new TrackRun(Picture, TimeSpan.FromMilliseconds(50 * number), TimeSpan.FromMilliseconds(50), 1, number % 20 == 0);
            Assert.Null(broadcast.Take(seat, rung, new Fragment(new byte[bytes], [run]), RecordedAt));
        }
    }

    private static async Task<List<InstantHeard>> ToTheEndAsync(InstantClient client)
    {
        var heard = new List<InstantHeard>();
        while (await client.NextAsync() is var frame)
        {
            heard.Add(frame);
            if (frame.Kind == InstantHeard.Pause) { return heard; }
        }

        return heard;
    }

    /// <summary>A viewer that asks and then never reads, with as little room in its kernel as there can be.</summary>
    private static async Task<Socket> DeafAsync(Uri address, string streamId)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /live/{streamId}/instant HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        var answer = new byte[1024];
        Assert.Contains("101", Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer)));

        // {"type":"watch"} with a mask of zeros.
        byte[] watch = [0x81, 0x80 | 16, 0, 0, 0, 0, .. """{"type":"watch"}"""u8];
        await socket.SendAsync(watch);
        return socket;
    }
}
