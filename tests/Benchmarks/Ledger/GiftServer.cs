using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Wire;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Benchmarks.Ledger;

/// <summary>The product as a process on PostgreSQL, a live room, and senders with full purses on hub connections.</summary>
internal sealed class GiftServer : IAsyncDisposable
{
    /// <summary>Hub connections that give.</summary>
    public const int Connections = 32;

    /// <summary>Gifts of one connection that wait for their answers: as many as the hub works on at a time.</summary>
    public const int InFlight = 16;

    private const string GiftId = "heart";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LiveFor = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);

    private readonly ServerProcess _server;
    private readonly Dialer _dialer;
    private readonly SignedIn _streamer;
    private readonly SignedIn[] _senders;
    private readonly string _roomId;
    private readonly List<(HubConnection Connection, Task Listening)> _hubs = [];
    private readonly CancellationTokenSource _over = new();
    private ClientWebSocket _camera = new();
    private readonly SemaphoreSlim _goingLive = new(1, 1);
    private long _liveSince;

    private GiftServer(ServerProcess server, Dialer dialer, SignedIn streamer, SignedIn[] senders, string roomId)
    {
        _server = server;
        _dialer = dialer;
        _streamer = streamer;
        _senders = senders;
        _roomId = roomId;
    }

    public static async Task<GiftServer> StartAsync(StorageOptions storage)
    {
        var server = await ServerProcess.StartProductAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Storage__Provider"] = "PostgreSql",
            ["Storage__ConnectionString"] = storage.ConnectionString,
            ["Accounts__PasswordRounds"] = "10000",
            ["FanOut__ParallelCallsMax"] = "16",
            ["RateLimits__HubCallsPerSecond"] = "10000",
            ["RateLimits__HubCallsBurst"] = "10000",
            ["RateLimits__HubCallsPerAccountPerSecond"] = "10000",
            ["RateLimits__HubCallsPerAccountBurst"] = "10000",

            // A recording that was sent at once stays live without a publisher that takes its share of the machine.
            ["Video__PublisherIdleSeconds"] = "300",
            ["Video__GraceSeconds"] = "300",
            ["Video__LeaseSeconds"] = "60",
        });
        await server.WhenReadyAsync();
        var dialer = new Dialer(server.Address);
        var streamer = await RegisterAsync(server.Address, dialer, 0);
        var senders = new SignedIn[Connections];
        for (var i = 0; i < senders.Length; i++) { senders[i] = await RegisterAsync(server.Address, dialer, i + 1); }
        var room = await new Api(server.Address, dialer.For(0), TimeProvider.System, streamer.Cookie)
            .CreateRoomAsync(new RoomDetails("Benchmark", "talk", CoverId: null), CancellationToken.None);
        await Engine.FundAsync(storage, [.. senders.Select(sender => sender.Person.Id)]);
        var gifts = new GiftServer(server, dialer, streamer, senders, Need(room).RoomId);
        await gifts.GoLiveAsync();
        await gifts.ConnectAsync(Connections);
        return gifts;
    }

    /// <summary>As fast as it goes, from every connection.</summary>
    /// <returns>Receipts a second.</returns>
    public async Task<double> RunAsync(double seconds)
    {
        await StayLiveAsync();
        var began = Stopwatch.GetTimestamp();
        var end = began + (long)(seconds * Stopwatch.Frequency);
        var receipts = 0L;
        var hands = _hubs.SelectMany(hub => Enumerable.Repeat(hub.Connection, InFlight)).Select(connection => Task.Run(async () =>
        {
            while (Stopwatch.GetTimestamp() < end)
            {
                var answer = await GiveAsync(connection, Guid.CreateVersion7());
                if (answer.Refusal?.Code == RefusalCode.StreamNotLive) { await StayLiveAsync(); continue; }
                Need(answer);
                Interlocked.Increment(ref receipts);
            }
        }));
        await Task.WhenAll(hands);
        return receipts / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>kill -9 of the server; it is started again at once, the streamer's camera comes back, and somebody gives.</summary>
    public async Task<(double Answering, double Live, double Gift)> RecoverFromKillAsync()
    {
        var began = Stopwatch.GetTimestamp();
        await _server.KillAsync();
        await _server.StartAgainAsync();
        var answering = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await CloseHubsAsync();
        await GoLiveAsync();
        var live = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await ConnectAsync(1);
        Need(await GiveAsync(_hubs[0].Connection, Guid.CreateVersion7()));
        return (answering, live, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Somebody gives, and repeats the gift with its id until there is a receipt.</summary>
    /// <returns>Seconds since <paramref name="began"/>.</returns>
    public async Task<double> GiveUntilReceiptAsync(long began)
    {
        var key = Guid.CreateVersion7();
        while (true)
        {
            var answer = await GiveAsync(_hubs[0].Connection, key);
            if (answer.Ok) { return Stopwatch.GetElapsedTime(began).TotalSeconds; }
            if (answer.Refusal.Code == RefusalCode.StreamNotLive) { Need(answer); }
            if (Stopwatch.GetElapsedTime(began) > Patience) { Need(answer); }
            await Task.Delay(LookEvery, TimeProvider.System);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _camera.Dispose();
        await CloseHubsAsync();
        _over.Dispose();
        _goingLive.Dispose();
        _dialer.Dispose();
        await _server.DisposeAsync();
    }

    private static async Task<Result<GiftReceipt>> GiveAsync(HubConnection connection, Guid key) =>
        HubAnswers.Read<GiftReceipt>(await connection.CallAsync("SendGift", new SendGift(key, GiftId, 1, 1), Patience, CancellationToken.None));

    private static async Task<SignedIn> RegisterAsync(Uri server, Dialer dialer, int number)
    {
        var password = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        return Need(await new Api(server, dialer.For(number), TimeProvider.System).RegisterAsync($"bench {number}", password, CancellationToken.None));
    }

    private async Task ConnectAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var connection = await HubConnection.OpenAsync(_server.Address, _dialer.For(i + 1), _senders[i].Cookie, TimeProvider.System, CancellationToken.None);
            _hubs.Add((connection, connection.ListenAsync(new Deaf(), _over.Token)));
            Need(HubAnswers.Read<RoomStanding>(await connection.CallAsync("Join", new JoinCall(_roomId, null), Patience, CancellationToken.None)));
        }
    }

    private async Task CloseHubsAsync()
    {
        foreach (var (connection, listening) in _hubs)
        {
            await connection.DisposeAsync();
            await listening.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        _hubs.Clear();
    }

    /// <summary>Sends the recording again before the server gives the broadcast up, or when it had to: a busy machine loses broadcasts.</summary>
    public async Task StayLiveAsync()
    {
        await _goingLive.WaitAsync();
        try
        {
            if (Stopwatch.GetElapsedTime(_liveSince) > LiveFor || await PhaseAsync() != StreamPhase.Live) { await GoLiveAsync(); }
        }
        finally
        {
            _goingLive.Release();
        }
    }

    // The recording is sent at once, as fast as it goes.
    private async Task GoLiveAsync()
    {
        const int HeaderBytes = 12;
        const int SliceBytes = 8_000;
        _camera.Dispose();
        _camera = new ClientWebSocket();
        _camera.Options.SetRequestHeader("Cookie", _streamer.Cookie);
        await _camera.ConnectAsync(new UriBuilder(_server.Address) { Scheme = "ws", Path = $"/api/rooms/{_roomId}/publish" }.Uri, CancellationToken.None);
        var hello = """{"type":"hello","mimeType":"video/x-matroska;codecs=avc1,opus","key":null,"takeOver":true}""";
        await _camera.SendAsync(Encoding.UTF8.GetBytes(hello), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        var ready = new byte[8_192];
        while (JsonSerializer.Deserialize<JsonElement>(ready.AsSpan(0, (await _camera.ReceiveAsync(ready, CancellationToken.None)).Count)).GetProperty("type").GetString() != "ready") { }

        var recording = Recording.Value;
        for (var (at, number) = (0, 0u); at < recording.Length; at += SliceBytes, number++)
        {
            var count = Math.Min(SliceBytes, recording.Length - at);
            var message = new byte[HeaderBytes + count];
            BinaryPrimitives.WriteUInt32BigEndian(message, number);
            BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), (ulong)(5_000L * at / recording.Length));
            recording.AsSpan(at, count).CopyTo(message.AsSpan(HeaderBytes));
            await _camera.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        }

        _liveSince = Stopwatch.GetTimestamp();
        while (await PhaseAsync() != StreamPhase.Live) { await Task.Delay(LookEvery, TimeProvider.System); }
    }

    private async Task<StreamPhase> PhaseAsync() =>
        Need(await new Api(_server.Address, _dialer.For(0), TimeProvider.System).GetRoomAsync(_roomId, CancellationToken.None)).Stream.Phase;

    private static T Need<T>(Result<T> answer)
        where T : class => answer.Ok ? answer.Value : throw new InvalidOperationException($"The server says {answer.Refusal.Name}: {answer.Refusal.Message}");

    private static readonly Lazy<byte[]> Recording = new(() =>
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardOutput = true, UseShellExecute = false };
        const string Arguments =
            "-v error -nostdin -f lavfi -i testsrc2=size=320x180:rate=15:duration=5 -f lavfi -i sine=frequency=440:sample_rate=48000:duration=5 " +
            "-c:v libx264 -preset ultrafast -tune zerolatency -g 15 -pix_fmt yuv420p -b:v 300k -c:a libopus -b:a 32k " +
            "-cluster_time_limit 200 -f matroska pipe:1";
        foreach (var argument in Arguments.Split(' ')) { start.ArgumentList.Add(argument); }
        using var ffmpeg = Process.Start(start)!;
        using var recording = new MemoryStream();
        ffmpeg.StandardOutput.BaseStream.CopyTo(recording);
        ffmpeg.WaitForExit();
        return recording.ToArray();
    });

    /// <summary>Senders look at nothing but their receipts.</summary>
    private sealed class Deaf : IFeedListener
    {
        public void OnBytes(int count)
        {
        }

        public void OnCall(string target, ReadOnlySpan<byte> argument)
        {
        }
    }
}
