using System.Diagnostics;
using System.Net.WebSockets;
using System.Security.Cryptography;
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

    public int ProcessId => _server.ProcessId;

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
        }.Concat(Camera.Patience).ToDictionary(StringComparer.Ordinal));
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

    private async Task GoLiveAsync()
    {
        _camera.Dispose();
        _camera = await OpenCameraAsync();
        _liveSince = Stopwatch.GetTimestamp();
        while (await PhaseAsync() != StreamPhase.Live)
        {
            if (Stopwatch.GetElapsedTime(_liveSince) > Patience) { throw new TimeoutException("The broadcast does not begin."); }
            await Task.Delay(LookEvery, TimeProvider.System);
        }
    }

    // After its database was killed, the server refuses broadcasts for a moment.
    private async Task<ClientWebSocket> OpenCameraAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await Camera.GoLiveAsync(_server.Address, _roomId, _streamer.Cookie);
            }
            catch (WebSocketException) when (Stopwatch.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(LookEvery, TimeProvider.System);
            }
        }
    }

    // Null: it cannot say at the moment.
    private async Task<StreamPhase?> PhaseAsync() =>
        (await new Api(_server.Address, _dialer.For(0), TimeProvider.System).GetRoomAsync(_roomId, CancellationToken.None)).Value?.Stream.Phase;

    private static T Need<T>(Result<T> answer)
        where T : class => answer.Ok ? answer.Value : throw new InvalidOperationException($"The server says {answer.Refusal.Name}: {answer.Refusal.Message}");

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
