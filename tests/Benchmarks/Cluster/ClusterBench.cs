using System.Diagnostics;
using System.Globalization;
using LiveCommerce.Benchmarks.Fanout;
using LiveCommerce.Benchmarks.Ledger;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.Benchmarks.Cluster;

/// <summary>What several processes cost beside one, and how long it takes until another silo serves what a dead one owned.</summary>
internal static class ClusterBench
{
    private const double CpuGoal = 1.5;

    // Where each gateway does for its viewers what one does for all, a delivery costs the same.
    private const double FlatGoal = 1.25;
    private const double FailoverGoal = 7;
    private const double HandOverGoal = 1;
    private const int ManyRooms = 100_000;

    public static async Task RunAsync(Figures figures, ClusterPlan plan)
    {
        var began = Stopwatch.GetTimestamp();
        Native.AllowOpenFiles(100_000);
        Say("Starting a PostgreSQL of its own …");
        await using var postgres = await PostgresServer.StartAsync();

        if (plan.Has("calls"))
        {
            Say("Calls …");
            await Calls.RunAsync(figures, plan, postgres);
        }

        await using var pair = await House.StartPairAsync(postgres);
        if (plan.Has("talk"))
        {
            Say("One process beside a silo and a gateway …");
            await using var single = await House.StartSingleAsync(postgres);
            await CompareAsync(figures, plan, single, pair);
        }

        if (plan.Has("gateways")) { await SpreadAsync(figures, plan, pair); }
        if (plan.Has("rooms")) { await SleepersAsync(figures, plan, pair); }
        if (plan.Has("kills")) { await KillAsync(figures, plan, pair); }
        Draw(figures);
        Say(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(began).TotalSeconds:0} s."));
    }

    public static Task ExecuteAsync(PostgresServer server, string command) => LedgerBench.ExecuteAsync(server, "postgres", command);

    /// <summary>The same messages and gifts in one process and in two.</summary>
    private static async Task CompareAsync(Figures figures, ClusterPlan plan, House single, House pair)
    {
        foreach (var (name, rate) in ClusterPlan.MixedRates)
        {
            List<double> one = [], two = [];
            for (var round = -1; round < plan.Rounds; round++)
            {
                foreach (var (house, found) in ((House, List<double>)[])[(single, one), (pair, two)])
                {
                    await house.StayLiveAsync();
                    using var crowd = await EnterAsync(house, gateway: 0, ClusterPlan.Speakers);
                    var run = await Talk.RunAsync(
                        [crowd], ClusterPlan.Speakers, rate, round < 0 ? plan.WarmSeconds : plan.TalkSeconds, ClusterPlan.MixedGiftEvery, () => house.CpuSeconds());
                    Tell(string.Create(CultureInfo.InvariantCulture, $"{(house == single ? "one process" : "two processes")}, {rate}/s"), run);
                    if (run.Refused > 0) { throw new InvalidOperationException($"What is refused costs nothing and compares nothing: {run.Refusal}"); }
                    if (round >= 0) { found.Add(run.Cpu / run.Sent * 1e6); }
                }
            }

            figures.Add($"message_us.single{name}", one, "us");
            figures.Add($"message_us.pair{name}", two, "us");
            figures.Add($"cpu.vs_single{name}", [.. two.Zip(one, (pairs, singles) => pairs / singles)], "ratio", CpuGoal);
        }
    }

    /// <summary>Viewers at one, two and four gateways, as many at each.</summary>
    private static async Task SpreadAsync(Figures figures, ClusterPlan plan, House house)
    {
        Say("Viewers over several gateways …");
        while (house.Gateways.Count < ClusterPlan.Gateways[^1]) { await house.AddGatewayAsync(); }
        var costs = ClusterPlan.Gateways.ToDictionary(gateways => gateways, _ => new List<double>());
        var rates = ClusterPlan.Gateways.ToDictionary(gateways => gateways, _ => new List<double>());
        for (var round = -1; round < plan.Rounds; round++)
        {
            await house.StayLiveAsync();

            // Once with all of them, so that each has compiled what it needs.
            foreach (var gateways in round < 0 ? [ClusterPlan.Gateways[^1]] : ClusterPlan.Gateways)
            {
                var crowds = new List<Crowd>();
                for (var gateway = 0; gateway < gateways; gateway++) { crowds.Add(await EnterAsync(house, gateway, plan.ViewersPerGateway)); }
                var run = await Talk.RunAsync(crowds, ClusterPlan.Speakers, ClusterPlan.ChatRate, round < 0 ? plan.WarmSeconds : plan.TalkSeconds, giftEvery: 0, () => house.CpuSeconds(gateways));
                foreach (var crowd in crowds) { crowd.Dispose(); }
                Tell($"{gateways} gateways, {gateways * plan.ViewersPerGateway} viewers", run);
                if (round < 0) { continue; }
                costs[gateways].Add(run.Cpu / run.Delivered * 1e6);
                rates[gateways].Add(run.Delivered / run.Seconds);
            }
        }

        foreach (var gateways in ClusterPlan.Gateways)
        {
            figures.Add($"delivery_us.gateways_{gateways}", costs[gateways], "us");
            figures.Add($"deliveries_per_s.gateways_{gateways}", rates[gateways], "per_s");
        }

        var (fewest, most) = (ClusterPlan.Gateways[0], ClusterPlan.Gateways[^1]);
        figures.Add($"delivery.{most}_vs_{fewest}", [.. costs[most].Zip(costs[fewest], (many, few) => many / few)], "ratio", FlatGoal);
    }

    private static async Task KillAsync(Figures figures, ClusterPlan plan, House house)
    {
        Say($"{plan.Kills} kills of the silo that owns the room …");
        await house.AddSiloAsync();
        var took = new List<double>();
        for (var kill = 0; kill < plan.Kills; kill++)
        {
            await house.StayLiveAsync();
            took.Add(await house.FailOverAsync());
            Say(string.Create(CultureInfo.InvariantCulture, $"  a gift's receipt {took[^1]:0.00} s after the kill"));
        }

        figures.Add("failover_s.median", took, "s", FailoverGoal);
        figures.Add("failover_s.worst", [took.Max()], "s", FailoverGoal);

        Say($"{plan.HandOvers} times the silo that owns the room is asked to stop …");
        var gaps = new List<double>();
        for (var stop = 0; stop < plan.HandOvers; stop++)
        {
            await house.StayLiveAsync();
            gaps.Add(await house.HandOverAsync());
            Say(string.Create(CultureInfo.InvariantCulture, $"  the longest that a gift waited meanwhile: {gaps[^1]:0.00} s"));
        }

        figures.Add("handover_s.median", gaps, "s", HandOverGoal);
        figures.Add("handover_s.worst", [gaps.Max()], "s", HandOverGoal);
    }

    /// <summary>Rooms that nobody is in: what each costs a silo while it is awake, and to wake it.</summary>
    private static async Task SleepersAsync(Figures figures, ClusterPlan plan, House house)
    {
        Say($"{plan.Rooms} rooms that nobody is in …");
        var (wake, bytes) = await house.WakeRoomsAsync(plan.Rooms);
        figures.Add("room.wake_us", [wake], "us");
        figures.Add("room.idle_bytes", [bytes], "B");
        Say(string.Create(
            CultureInfo.InvariantCulture, $"  {wake:0} us of the silo's processor to wake one, {bytes:0} bytes while it is awake; {ManyRooms:N0} of them {bytes * ManyRooms / 1e6:0} MB"));
    }

    private static async Task<Crowd> EnterAsync(House house, int gateway, int viewers)
    {
        var crowd = new Crowd(house.Gateways[gateway].Address, new SignalRJson(house.RoomId), viewers, gateway == 0 ? house.Cookies : []);
        await crowd.EnterAsync(0, viewers);
        await crowd.WhenInsideAsync(viewers);
        return crowd;
    }

    private static void Tell(string who, ManyRun run) => Say(string.Create(CultureInfo.InvariantCulture,
        $"  {who,-28} {run.Sent,6} messages, {run.Delivered,9:N0} of {run.Expected:N0} delivered, {run.Cpu / run.Sent * 1e6,8:0} us a message, {run.Cpu / Math.Max(1, run.Delivered) * 1e6,7:0.00} us a delivery, p99 {run.P99:0} ms{(run.Refused > 0 ? $", {run.Refused} refused: {run.Refusal}" : "")}"));

    private static void Draw(Figures figures)
    {
        Console.WriteLine();
        foreach (var kind in (string[])["call_us.", "message_us.", "delivery_us.", "failover_s."])
        {
            var some = figures.All.Where(figure => figure.Name.Contains($".{kind}", StringComparison.Ordinal)).ToList();
            var most = some.Select(figure => figure.Value).DefaultIfEmpty().Max();
            foreach (var figure in some)
            {
                Console.WriteLine($"  {figure.Name,-36} {Figures.Text(figure.Value),10} {figure.Unit,-3} {new string('█', Math.Max(1, (int)(figure.Value / most * 30)))}");
            }
        }
    }

    private static void Say(string sentence) => Console.WriteLine(sentence);
}
