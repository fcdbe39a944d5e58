using System.Diagnostics;
using System.Net.WebSockets;
using System.Security.Cryptography;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>The product as a process, a live room in it, and accounts that write and give.</summary>
internal sealed class LiveRoom : IAsyncDisposable
{
    private const int RegistrationsAtOnce = 8;
    private const int TopUpAttemptsMax = 5;
    private const long Coins = 500;
    private static readonly TimeSpan TopUpPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LiveFor = TimeSpan.FromSeconds(200);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private readonly Dialer _dialer;
    private readonly SignedIn _streamer;
    private ClientWebSocket? _camera;
    private long _liveSince;

    private LiveRoom(ServerProcess server, Dialer dialer, SignedIn streamer, string roomId)
    {
        Server = server;
        _dialer = dialer;
        _streamer = streamer;
        RoomId = roomId;
    }

    public ServerProcess Server { get; }

    public string RoomId { get; }

    /// <summary>Of the room's owner.</summary>
    public string StreamerCookie => _streamer.Cookie;

    /// <summary>Of those who write; the first also give.</summary>
    public string[] Cookies { get; private set; } = [];

    /// <summary>Starts the product and opens a room.</summary>
    /// <param name="settings">More of them.</param>
    public static async Task<LiveRoom> StartAsync(int speakers, int gifters, params (string Name, string Value)[] settings)
    {
        var server = await ServerProcess.StartProductAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Accounts__PasswordRounds"] = "10000",
            ["RateLimits__SignInsPerMinute"] = "100000",
            ["RateLimits__SignInsBurst"] = "100000",
            ["RateLimits__RequestsPerSecond"] = "10000",
            ["RateLimits__RequestsBurst"] = "100000",

            // Everything that is said is shown, as on the servers it is compared with.
            ["Rooms__ChatShownPerSecond"] = "1000000",
            ["RateLimits__HubCallsPerSecond"] = "1000",
            ["RateLimits__HubCallsBurst"] = "1000",
            ["RateLimits__HubCallsPerAccountPerSecond"] = "1000",
            ["RateLimits__HubCallsPerAccountBurst"] = "1000",
        }.Concat(Camera.Patience).Concat(settings.Select(one => KeyValuePair.Create(one.Name, one.Value))).ToDictionary(StringComparer.Ordinal));
        await server.WhenReadyAsync();
        var dialer = new Dialer(server.Address);
        var streamer = await RegisterAsync(server.Address, dialer, 0);
        var room = Need(await new Api(server.Address, dialer.For(0), TimeProvider.System, streamer.Cookie)
            .CreateRoomAsync(new RoomDetails("Benchmark", "talk", CoverId: null), CancellationToken.None));
        var live = new LiveRoom(server, dialer, streamer, room.RoomId);
        try
        {
            await live.InviteAsync(speakers, gifters);
            return live;
        }
        catch
        {
            await live.DisposeAsync();
            throw;
        }
    }

    /// <summary>Goes live, or stays live for some minutes more.</summary>
    public async Task StayLiveAsync()
    {
        if (_camera is not null && Stopwatch.GetElapsedTime(_liveSince) < LiveFor && await PhaseAsync() == StreamPhase.Live) { return; }
        _camera?.Dispose();
        _camera = await Camera.GoLiveAsync(Server.Address, RoomId, _streamer.Cookie);
        _liveSince = Stopwatch.GetTimestamp();
        await WhenAsync(StreamPhase.Live);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _camera?.Dispose();
        _dialer.Dispose();
        await Server.DisposeAsync();
    }

    private async Task InviteAsync(int speakers, int gifters)
    {
        var cookies = new string[speakers];
        await Parallel.ForAsync(0, speakers, new ParallelOptions { MaxDegreeOfParallelism = RegistrationsAtOnce }, async (index, _) =>
        {
            var account = await RegisterAsync(Server.Address, _dialer, index + 1);
            cookies[index] = account.Cookie;
        });

        // One after the other, and again when it was too fast for the provider, which bounds the payments of a second.
        for (var index = 0; index < gifters; index++)
        {
            var api = new Api(Server.Address, _dialer.For(index + 1), TimeProvider.System, cookies[index]);
            for (var attempt = 1; ; attempt++)
            {
                var topUp = Need(await api.TopUpAsync(new StartTopUp(PackId: null, Coins, "pm_card_visa", "/wallet"), CancellationToken.None));
                if (topUp.State == TopUpState.Credited) { break; }
                await Task.Delay(TopUpPause, TimeProvider.System);
                if (attempt == TopUpAttemptsMax) { throw new InvalidOperationException($"No coins: {topUp.State} {topUp.Problem}\n{Server.LastLines}"); }
            }
        }

        Cookies = cookies;
    }

    private static async Task<SignedIn> RegisterAsync(Uri server, Dialer dialer, int number) =>
        Need(await new Api(server, dialer.For(number), TimeProvider.System)
            .RegisterAsync($"bench {number:0000}", Convert.ToBase64String(RandomNumberGenerator.GetBytes(18)), CancellationToken.None));

    /// <summary>Waits for the room's stream to come to a phase.</summary>
    /// <returns>The stream's id; null when there is none.</returns>
    public async Task<string?> WhenAsync(StreamPhase phase)
    {
        while (true)
        {
            var stream = await StreamAsync();
            if (stream.Phase == phase) { return stream.StreamId; }
            await Task.Delay(LookEvery, TimeProvider.System);
        }
    }

    private async Task<StreamPhase> PhaseAsync() => (await StreamAsync()).Phase;

    private async Task<StreamInfo> StreamAsync() =>
        Need(await new Api(Server.Address, _dialer.For(0), TimeProvider.System).GetRoomAsync(RoomId, CancellationToken.None)).Stream;

    private static T Need<T>(Result<T> answer)
        where T : class => answer.Ok ? answer.Value : throw new InvalidOperationException($"The server says {answer.Refusal.Name}: {answer.Refusal.Message}");
}
