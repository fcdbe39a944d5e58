using System.Diagnostics;
using System.Net.WebSockets;
using System.Security.Cryptography;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Benchmarks.Ledger;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Wire;
using LiveCommerce.Tests.Shared;
using Npgsql;

namespace LiveCommerce.Benchmarks.Cluster;

/// <summary>The product on a database of its own, in one process or in several, with a live room and people who write and give.</summary>
internal sealed class House : IAsyncDisposable
{
    private const int RegistrationsAtOnce = 8;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _connection;
    private readonly Dictionary<string, string> _environment;
    private readonly List<ServerProcess> _silos = [];
    private readonly List<ServerProcess> _gateways = [];
    private Dialer _dialer = null!;
    private SignedIn _streamer = null!;
    private ClientWebSocket? _camera;

    private House(string connection)
    {
        _connection = connection;
        _environment = new Dictionary<string, string>(Camera.Patience, StringComparer.Ordinal)
        {
            ["Storage__Provider"] = "PostgreSql",
            ["Storage__ConnectionString"] = connection,
            ["Links__Secret"] = "the secret of this benchmark",

            // Nobody pays here; several processes want to know whom they would ask.
            ["Payments__SecretKey"] = "sk_test_sandbox_benchmark",
            ["Payments__Sandbox"] = "true",
            ["Payments__BaseUrl"] = "http://localhost:9/",
            ["Webhooks__Secrets__0"] = "whsec_benchmark",
            ["Webhooks__ConnectedSecrets__0"] = "whsec_benchmark",
            ["Accounts__PasswordRounds"] = "10000",
            ["RateLimits__SignInsPerMinute"] = "100000",
            ["RateLimits__SignInsBurst"] = "100000",
            ["RateLimits__RequestsPerSecond"] = "10000",
            ["RateLimits__RequestsBurst"] = "100000",
            ["RateLimits__HubCallsPerSecond"] = "1000",
            ["RateLimits__HubCallsBurst"] = "1000",
            ["RateLimits__HubCallsPerAccountPerSecond"] = "1000",
            ["RateLimits__HubCallsPerAccountBurst"] = "1000",

            // Everything that is said is shown.
            ["Rooms__ChatShownPerSecond"] = "1000000",
        };
    }

    /// <summary>Where viewers connect.</summary>
    public IReadOnlyList<ServerProcess> Gateways => _gateways;

    public string RoomId { get; private set; } = "";

    /// <summary>Of those who write and give.</summary>
    public string[] Cookies { get; private set; } = [];

    /// <summary>Everything in one process.</summary>
    public static Task<House> StartSingleAsync(PostgresServer postgres) => StartAsync(postgres, "single", async house =>
        house._gateways.Add(await ServerProcess.StartProductAsync(house._environment)));

    /// <summary>A silo and a gateway.</summary>
    public static Task<House> StartPairAsync(PostgresServer postgres) => StartAsync(postgres, "pair", async house =>
    {
        house._silos.Add(await ServerProcess.StartRoleAsync("silo", house._environment));
        await house.ServedAsync();
        await house.AddGatewayAsync();
    });

    public async Task AddGatewayAsync() => _gateways.Add(await ServerProcess.StartRoleAsync("gateway", _environment));

    public async Task AddSiloAsync()
    {
        _silos.Add(await ServerProcess.StartRoleAsync("silo", _environment));
        await ServedAsync();
    }

    /// <summary>Seconds of processor time of its processes, of the gateways only the first so many.</summary>
    public double CpuSeconds(int gateways = int.MaxValue) => _silos.Sum(silo => silo.CpuSeconds()) + _gateways.Take(gateways).Sum(gateway => gateway.CpuSeconds());

    /// <summary>Sends the recording again before the broadcast is given up.</summary>
    public async Task StayLiveAsync()
    {
        _camera?.Dispose();
        _camera = await Camera.GoLiveAsync(_gateways[0].Address, RoomId, _streamer.Cookie);
        await UntilAsync(
            async () => (await new Api(_gateways[0].Address, _dialer.For(0), TimeProvider.System).GetRoomAsync(RoomId, CancellationToken.None)).Value?.Stream.Phase == StreamPhase.Live,
            "the room is live");
    }

    /// <summary>kill -9 of the silo that owns the room, and a gift for it that is repeated with its key until there is a receipt.</summary>
    /// <returns>Seconds from the one to the other. Then the silo is started again.</returns>
    public async Task<double> FailOverAsync()
    {
        var connection = await HubConnection.OpenAsync(_gateways[0].Address, _dialer.For(1), Cookies[0], TimeProvider.System, CancellationToken.None);
        await using (connection)
        {
            using var over = new CancellationTokenSource();
            var listening = connection.ListenAsync(new Deaf(), over.Token);
            Need(HubAnswers.Read<RoomStanding>(await connection.CallAsync("Join", new JoinCall(RoomId, null), Patience, CancellationToken.None)));
            var owner = await OwnerAsync();
            var began = Stopwatch.GetTimestamp();
            await owner.KillAsync();
            await GiveAsync(connection, began);
            var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
            await owner.StartAgainAsync();
            await ServedAsync();
            await over.CancelAsync();
            await connection.DisposeAsync();
            await listening.ContinueWith(_ => { }, TaskScheduler.Default);
            return took;
        }
    }

    /// <summary>The silo that owns the room is asked to stop, and gifts go on without a pause until it has ended. Then it is started again.</summary>
    /// <returns>Seconds of the longest that a gift waited for its receipt.</returns>
    public async Task<double> HandOverAsync()
    {
        var connection = await HubConnection.OpenAsync(_gateways[0].Address, _dialer.For(1), Cookies[0], TimeProvider.System, CancellationToken.None);
        await using (connection)
        {
            using var over = new CancellationTokenSource();
            var listening = connection.ListenAsync(new Deaf(), over.Token);
            Need(HubAnswers.Read<RoomStanding>(await connection.CallAsync("Join", new JoinCall(RoomId, null), Patience, CancellationToken.None)));
            await GiveAsync(connection, Stopwatch.GetTimestamp());
            var owner = await OwnerAsync();
            var ending = owner.EndAsync();
            var longest = TimeSpan.Zero;
            while (!ending.IsCompleted)
            {
                var began = Stopwatch.GetTimestamp();
                await GiveAsync(connection, began);
                var took = Stopwatch.GetElapsedTime(began);
                if (took > longest) { longest = took; }
                await Task.Delay(LookEvery, TimeProvider.System);
            }

            await ending;
            await owner.StartAgainAsync();
            await ServedAsync();
            await over.CancelAsync();
            await connection.DisposeAsync();
            await listening.ContinueWith(_ => { }, TaskScheduler.Default);
            return longest.TotalSeconds;
        }
    }

    /// <summary>Opens rooms, starts the only silo anew, so that all of them sleep, and asks for each.</summary>
    /// <returns>Processor time of the silo for each, in microseconds, and bytes of its heap.</returns>
    public async Task<(double WakeMicroseconds, double Bytes)> WakeRoomsAsync(int count)
    {
        var rooms = new string[count];
        await AtOnceAsync(count, async index => rooms[index] = Need(
            await ApiOf(index).CreateRoomAsync(new RoomDetails($"Room {index}", "talk", CoverId: null), CancellationToken.None)).RoomId);
        var silo = _silos.Single();
        await silo.KillAsync();
        await silo.StartAgainAsync();
        await ServedAsync();
        await WakeAsync(RoomId);
        var (before, began) = (silo.Collect(), silo.CpuSeconds());
        await AtOnceAsync(count, index => WakeAsync(rooms[index]));
        var cpu = silo.CpuSeconds() - began;
        return (cpu / count * 1e6, (silo.Collect() - before) / (double)count);

        Api ApiOf(int index) => new(_gateways[0].Address, _dialer.For(index % Cookies.Length), TimeProvider.System, Cookies[index % Cookies.Length]);
        Task WakeAsync(string roomId) => UntilAsync(async () => (await ApiOf(0).GetRoomAsync(roomId, CancellationToken.None)).Ok, "a room answers");
        static Task AtOnceAsync(int count, Func<int, Task> work) =>
            Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = RegistrationsAtOnce }, async (index, _) => await work(index));
    }

    public async ValueTask DisposeAsync()
    {
        _camera?.Dispose();
        _dialer?.Dispose();
        foreach (var process in _gateways.Concat(_silos)) { await process.DisposeAsync(); }
    }

    private static async Task<House> StartAsync(PostgresServer postgres, string name, Func<House, Task> processes)
    {
        await ClusterBench.ExecuteAsync(postgres, $"create database {name}");
        var house = new House(postgres.ConnectionString(name));
        try
        {
            await processes(house);
            await house._gateways[0].WhenReadyAsync();
            await house.InviteAsync();
            await house.StayLiveAsync();
            return house;
        }
        catch
        {
            await house.DisposeAsync();
            throw;
        }
    }

    private async Task InviteAsync()
    {
        var address = _gateways[0].Address;
        _dialer = new Dialer(address);
        _streamer = await RegisterAsync(0);
        RoomId = Need(await new Api(address, _dialer.For(0), TimeProvider.System, _streamer.Cookie)
            .CreateRoomAsync(new RoomDetails("Benchmark", "talk", CoverId: null), CancellationToken.None)).RoomId;
        var people = new SignedIn[ClusterPlan.Speakers];
        await Parallel.ForAsync(0, people.Length, new ParallelOptions { MaxDegreeOfParallelism = RegistrationsAtOnce }, async (index, _) => people[index] = await RegisterAsync(index + 1));
        await Engine.FundAsync(new() { Provider = Silo.Storage.SqlDialect.PostgreSql, ConnectionString = _connection }, [.. people.Select(person => person.Person.Id)]);
        Cookies = [.. people.Select(person => person.Cookie)];
    }

    private async Task<SignedIn> RegisterAsync(int number) => Need(await new Api(_gateways[0].Address, _dialer.For(number), TimeProvider.System)
        .RegisterAsync($"bench {number:0000}", Convert.ToBase64String(RandomNumberGenerator.GetBytes(18)), CancellationToken.None));

    private static async Task GiveAsync(HubConnection connection, long began)
    {
        var key = Guid.CreateVersion7();
        while (true)
        {
            var answer = HubAnswers.Read<GiftReceipt>(await connection.CallAsync("SendGift", new SendGift(key, "heart", 1, 1), Patience, CancellationToken.None));
            if (answer.Ok) { return; }
            if (answer.Refusal.Code is not (RefusalCode.Busy or RefusalCode.Unavailable) || Stopwatch.GetElapsedTime(began) > Patience) { Need(answer); }
            await Task.Delay(LookEvery, TimeProvider.System);
        }
    }

    private async Task<ServerProcess> OwnerAsync()
    {
        var url = await AskAsync<string>($"select link_url from shard join silo on silo_id = owner where shard_id = {Shards.Of(RoomId)}");
        return _silos.Single(silo => silo.Address.Port == new Uri(url).Port);
    }

    /// <summary>Every silo here is a member, no other one, and every shard has an owner.</summary>
    private Task ServedAsync() => UntilAsync(
        async () => await AskAsync<bool>(
            $"select (select count(*) from silo where status = 1) = {_silos.Count} and (select count(distinct owner) from shard) = {_silos.Count} and not exists (select from shard where owner is null)"),
        "every shard has an owner");

    private async Task<T> AskAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync();
#pragma warning disable CA2100 // Numbers of this file.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > Patience) { throw new TimeoutException($"It did not come true: {what}."); }
            await Task.Delay(LookEvery, TimeProvider.System);
        }
    }

    private static T Need<T>(Result<T> answer)
        where T : class => answer.Ok ? answer.Value : throw new InvalidOperationException($"The server says {answer.Refusal.Name}: {answer.Refusal.Message}");

    /// <summary>Looks at nothing but receipts.</summary>
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
