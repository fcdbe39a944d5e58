using System.Diagnostics;

namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>
/// What a message to everybody costs: the product's whole path (hub call, room, batch, viewers) beside a plain SignalR hub, Socket.IO,
/// and bare WebSockets, with the same viewers and by the same clock.
/// </summary>
internal static class FanoutBench
{
    private const string Ours = "livecommerce";
    private const string Plain = "signalr";
    private const long FilesWanted = 100_000;
    private const int WarmConnections = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan BeforeStorm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(Figures figures, FanoutPlan plan)
    {
        Native.AllowOpenFiles(FilesWanted);
        Say("Starting the servers …");
        await InstallSocketIoAsync();
        await using var room = await LiveRoom.StartAsync(FanoutPlan.Speakers, FanoutPlan.Gifters);
        await using var signalR = await ServerProcess.StartSelfAsync(PlainServers.SignalR);
        await using var socketIo = await ServerProcess.StartNodeAsync(Path.Combine(SocketIoFolder, "server.js"));
        await using var raw = await ServerProcess.StartSelfAsync(PlainServers.Raw);
        Contestant[] contestants =
        [
            new(Ours, "LiveCommerce", room.Server, new SignalRJson(room.RoomId), room.Cookies, Gifts: true) { Prepare = room.StayLiveAsync },
            new($"{Ours}_messagepack", "LiveCommerce, MessagePack", room.Server, new SignalRMessagePack(room.RoomId), room.Cookies, Gifts: true) { Prepare = room.StayLiveAsync },
            new(Plain, "plain SignalR, a send a message", signalR, new SignalRJson(roomId: null), [], Gifts: false),
            new("socketio", "Socket.IO on Node", socketIo, new SocketIo(), [], Gifts: false) { IsManaged = false },
            new("floor", "bare WebSockets", raw, new RawSockets(), [], Gifts: false),
        ];

        contestants = [.. contestants.Where(who => plan.Only?.Contains(who.Name, StringComparer.Ordinal) ?? true)];
        if (!plan.MessagesOnly) { await IdleAsync(figures, plan, contestants); }
        await room.StayLiveAsync();
        var runs = await RaceAsync(plan, contestants);
        Draw(runs);
        AddRuns(figures, plan, runs);
        if (contestants[0].Name == Ours && !plan.MessagesOnly)
        {
            await StopReadingAsync(figures, plan, contestants[0]);
            await StormAsync(figures, plan, contestants[0]);
        }

        DrawGoals(figures);
    }

    /// <summary>Memory of a connection that is in a room where nothing happens.</summary>
    private static async Task IdleAsync(Figures figures, FanoutPlan plan, IReadOnlyList<Contestant> contestants)
    {
        foreach (var who in contestants.DistinctBy(one => one.Server))
        {
            Say($"{plan.Idle} idle viewers of {who.Title} …");

            // What the first connections need for everybody is there before.
            using (var first = new Crowd(who.Server.Address, who.Dialect, WarmConnections, []))
            {
                await first.EnterAsync(0, WarmConnections);
                await first.WhenInsideAsync(WarmConnections);
            }

            await Task.Delay(Settle, TimeProvider.System);
            var before = await RestAsync(who);
            using var crowd = new Crowd(who.Server.Address, who.Dialect, plan.Idle, []);
            await crowd.EnterAsync(0, plan.Idle);
            await crowd.WhenInsideAsync(plan.Idle);
            await Task.Delay(Settle, TimeProvider.System);
            var asTheyCame = (who.Server.ResidentMegabytes() * 1e6 - before.Resident) / plan.Idle / 1024;
            var after = await RestAsync(who);
            var prefix = who.Name == Ours ? "idle" : $"idle.{who.Name}";
            figures.Add($"{prefix}_kb", [(after.Resident - before.Resident) / plan.Idle / 1024], "KB", who.Name == Ours ? 16 : null);
            figures.Add($"{prefix}_uncollected_kb", [asTheyCame], "KB");
            if (who.IsManaged) { figures.Add($"{prefix}_heap_kb", [(after.Heap - before.Heap) / plan.Idle / 1024], "KB"); }
        }
    }

    private static async Task<(double Resident, double Heap)> RestAsync(Contestant who)
    {
        var heap = who.IsManaged ? who.Server.Collect() : 0;
        await Task.Delay(Pause, TimeProvider.System);
        return (who.Server.ResidentMegabytes() * 1e6, heap);
    }

    private static async Task<List<FanoutRun>> RaceAsync(FanoutPlan plan, IReadOnlyList<Contestant> contestants)
    {
        List<FanoutRun> runs = [];
        HashSet<string> warm = new(StringComparer.Ordinal);
        foreach (var viewers in plan.Crowds)
        {
            for (var round = 1; round <= plan.Rounds; round++)
            {
                foreach (var who in contestants)
                {
                    Say($"{viewers} viewers, round {round} of {plan.Rounds}: {who.Title} …");
                    await who.Prepare();
                    using var crowd = new Crowd(who.Server.Address, who.Dialect, viewers, who.Cookies);
                    await crowd.EnterAsync(0, viewers);
                    await crowd.WhenInsideAsync(viewers);
                    if (warm.Add(who.Name)) { await Talk.RunAsync(who, crowd, viewers, FanoutPlan.FirstWarmUpRate, FanoutPlan.FirstWarmUpSeconds); }
                    foreach (var rate in plan.Rates)
                    {
                        await Talk.RunAsync(who, crowd, viewers, rate, FanoutPlan.WarmUpSeconds);
                        await crowd.WhenInsideAsync(viewers);
                        runs.Add(await Talk.RunAsync(who, crowd, viewers, rate, plan.Seconds));
                        DrawRun(runs[^1]);
                        if (crowd.Lost > 0) { Say($"  {crowd.Lost} connections were lost. {crowd.FirstGoodbye}"); }
                    }
                }
            }
        }

        return runs;
    }

    private static void AddRuns(Figures figures, FanoutPlan plan, IReadOnlyList<FanoutRun> runs)
    {
        IReadOnlyList<double> Of(string who, int viewers, int rate, Func<FanoutRun, double> what) =>
            [.. runs.Where(run => run.Who.Name == who && run.Viewers == viewers && run.Rate == rate).Select(what)];

        var contestants = runs.Select(run => run.Who.Name).ToHashSet(StringComparer.Ordinal);
        if (!contestants.IsSupersetOf([Ours, Plain])) { return; }
        foreach (var viewers in plan.Crowds)
        {
            // The smaller crowd has the plain names.
            var suffix = viewers == plan.Crowds[0] ? "" : $".v{viewers}";
            foreach (var rate in plan.Rates)
            {
                var profile = rate switch { >= 2_000 => "hottest", >= 500 => "hot", >= 100 => "busy", _ => "quiet" };
                var ours = Of(Ours, viewers, rate, run => run.PerCpuSecond);
                foreach (var rival in runs.Select(run => run.Who.Name).Where(name => !name.StartsWith(Ours, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal))
                {
                    IReadOnlyList<double> ratio = [.. ours.Zip(Of(rival, viewers, rate, run => run.PerCpuSecond), (our, their) => our / their)];
                    if (rival == Plain) { figures.AddAtLeast($"{profile}.vs_{rival}{suffix}", ratio, "ratio", profile switch { "quiet" => 1, "busy" => 3, _ => 7 }); }
                    else { figures.Add($"{profile}.vs_{rival}{suffix}", ratio, "ratio"); }
                }

                if (contestants.Contains($"{Ours}_messagepack"))
                {
                    IReadOnlyList<double> ratio = [.. Of($"{Ours}_messagepack", viewers, rate, run => run.PerCpuSecond).Zip(Of(Plain, viewers, rate, run => run.PerCpuSecond), (our, their) => our / their)];
                    figures.Add($"{profile}.messagepack_vs_{Plain}{suffix}", ratio, "ratio");
                }

                var slower = Figures.Median(Of(Plain, viewers, rate, run => run.Inside.All.Percentile(99)));
                figures.Add($"{profile}.p99_ms{suffix}", Of(Ours, viewers, rate, run => run.Inside.All.Percentile(99)), "ms",
                    profile switch { "quiet" => slower, "busy" => 150, "hot" => 250, _ => null });
                figures.Add($"{profile}.gift_p99_ms{suffix}", Of(Ours, viewers, rate, run => run.Inside.Gifts.Percentile(99)), "ms",
                    profile is "hot" or "busy" ? 150 : null);
                foreach (var who in runs.Select(run => run.Who.Name).Distinct(StringComparer.Ordinal))
                {
                    var name = $"v{viewers}.r{rate}.{who}";
                    figures.Add($"{name}.per_cpu_s", Of(who, viewers, rate, run => run.PerCpuSecond), "per_cpu_s");
                    figures.Add($"{name}.per_s", Of(who, viewers, rate, run => run.Delivered / run.Seconds), "per_s");
                    figures.Add($"{name}.p50_ms", Of(who, viewers, rate, run => run.Inside.All.Percentile(50)), "ms");
                    figures.Add($"{name}.p99_ms", Of(who, viewers, rate, run => run.Inside.All.Percentile(99)), "ms");
                    figures.Add($"{name}.p999_ms", Of(who, viewers, rate, run => run.Inside.All.Percentile(99.9)), "ms");
                    figures.Add($"{name}.saturated", Of(who, viewers, rate, run => run.Saturated ? 1 : 0), "yes");
                }
            }
        }

        if (plan.Crowds is not [var few, .., var many] || !plan.Rates.Contains(FanoutPlan.BusyRate)) { return; }

        // What a batch allocates beside its viewers is the same for few and for many.
        double PerBatch(int viewers) => Figures.Median(Of(Ours, viewers, FanoutPlan.BusyRate, run => run.Allocated / run.Batches));
        figures.Add("alloc_per_batch", [PerBatch(few)], "bytes");
        figures.Add("alloc_per_viewer", [(PerBatch(many) - PerBatch(few)) / (many - few)], "bytes", goal: 8);
    }

    /// <summary>Some viewers stop reading; the others must not notice.</summary>
    private static async Task StopReadingAsync(Figures figures, FanoutPlan plan, Contestant who)
    {
        foreach (var stopped in (int[])[0, 1, 100])
        {
            Say($"{FanoutPlan.Insiders} viewers, and {stopped} that stop reading …");
            await who.Prepare();
            using var crowd = new Crowd(who.Server.Address, who.Dialect, FanoutPlan.Insiders + stopped, who.Cookies);
            for (var number = FanoutPlan.Insiders; number < crowd.Count; number++) { (crowd[number].Group, crowd[number].ReceiveBytes) = (1, 4_096); }
            await crowd.EnterAsync(0, crowd.Count);
            await crowd.WhenInsideAsync(crowd.Count);
            await Talk.RunAsync(who, crowd, FanoutPlan.Insiders, FanoutPlan.BusyRate, FanoutPlan.WarmUpSeconds);
            await crowd.StopReadingAsync(FanoutPlan.Insiders, stopped);
            var before = who.Server.ResidentMegabytes();
            var run = await Talk.RunAsync(who, crowd, FanoutPlan.Insiders, 5 * FanoutPlan.BusyRate, 2 * plan.Seconds);
            DrawRun(run);
            figures.Add($"stopped.{stopped}.p99_ms", [run.Inside.All.Percentile(99)], "ms", goal: 250);
            figures.Add($"stopped.{stopped}.memory_mb", [who.Server.ResidentMegabytes() - before], "MB");
        }
    }

    /// <summary>Thousands lose their connections and come back at once; those inside must not notice.</summary>
    private static async Task StormAsync(Figures figures, FanoutPlan plan, Contestant who)
    {
        Say($"{plan.Storm} viewers come back at once …");
        await who.Prepare();
        var all = FanoutPlan.Insiders + plan.Storm;
        using var crowd = new Crowd(who.Server.Address, who.Dialect, all, who.Cookies, connectingMax: plan.Storm);
        for (var number = FanoutPlan.Insiders; number < all; number++) { crowd[number].Group = 1; }
        await crowd.EnterAsync(0, all);
        await crowd.WhenInsideAsync(all);
        await Talk.RunAsync(who, crowd, FanoutPlan.Insiders, FanoutPlan.BusyRate, FanoutPlan.WarmUpSeconds);
        var putOff = crowd.PutOff;
        var run = Talk.RunAsync(who, crowd, FanoutPlan.Insiders, FanoutPlan.BusyRate, Math.Max(5, plan.Storm / 1_000));
        await Task.Delay(BeforeStorm, TimeProvider.System);
        await crowd.VanishAsync(FanoutPlan.Insiders, plan.Storm);
        var began = Stopwatch.GetTimestamp();
        await crowd.EnterAsync(FanoutPlan.Insiders, plan.Storm);
        await crowd.WhenInsideAsync(all);
        var back = Stopwatch.GetElapsedTime(began).TotalSeconds;
        DrawRun(await run);
        figures.Add("storm.p99_ms", [(await run).Inside.All.Percentile(99)], "ms", goal: 1_000);
        figures.Add("storm.back_s", [back], "s");
        figures.Add("storm.put_off", [crowd.PutOff - putOff], "joins");
    }

    private static void DrawRun(FanoutRun run) => Say(string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"  {run.Viewers,6} × {run.Rate,4}/s {run.Who.Name,-13} {run.Delivered / run.Seconds,11:N0}/s {run.PerCpuSecond,11:N0}/cpu·s  p50 {run.Inside.All.Percentile(50),7:0.0}  p99 {run.Inside.All.Percentile(99),7:0.0}  p99.9 {run.Inside.All.Percentile(99.9),7:0.0}  gifts {run.Inside.Gifts.Percentile(99),6:0.0} ms  cpu {100 * run.Cpu / run.Seconds,4:0} %  others {100 * run.Others,3:0} %  batches {run.Batches,5:0}  skips {run.Inside.Skips}{(run.Saturated ? "  SATURATED" : "")}{(run.Refused > 0 ? $"  {run.Refused} refused: {run.Refusal}" : "")}"));

    private static void Draw(IReadOnlyList<FanoutRun> runs)
    {
        Console.WriteLine();
        Console.WriteLine("Messages delivered a second of the server's processor time:");
        foreach (var job in runs.GroupBy(run => (run.Viewers, run.Rate)))
        {
            Console.WriteLine($"{job.Key.Viewers} viewers, {job.Key.Rate} messages a second");
            var best = job.Max(run => run.PerCpuSecond);
            foreach (var who in job.GroupBy(run => run.Who.Title, StringComparer.Ordinal))
            {
                var median = Figures.Median([.. who.Select(run => run.PerCpuSecond)]);
                var p99 = Figures.Median([.. who.Select(run => run.Inside.All.Percentile(99))]);
                Console.WriteLine($"  {who.Key,-34} {median,12:N0}  p99 {p99,8:N1} ms  {new string('█', Math.Max(1, (int)(median / best * 30)))}{(who.Any(run => run.Saturated) ? " saturated" : "")}");
            }
        }
    }

    private static void DrawGoals(Figures figures)
    {
        Console.WriteLine();
        Console.WriteLine("goal                                                         wanted      found");
        foreach (var figure in figures.All.Where(figure => figure.Goal is not null))
        {
            var wanted = $"{(figure.AtLeast ? "≥" : "≤")} {Figures.Text(figure.Goal!.Value)}";
            Console.WriteLine($"{figure.Name,-54} {wanted,12} {Figures.Text(figure.Value),10}  {figure.Unit,-6} {(figure.Met == true ? "met" : "NOT met")}");
        }
    }

    private static string SocketIoFolder => Path.Combine(Checkout.Root, "tests/Benchmarks/Fanout/SocketIo");

    private static async Task InstallSocketIoAsync()
    {
        if (File.Exists(Path.Combine(SocketIoFolder, "node_modules/socket.io/package.json"))) { return; }
        var start = new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]) { WorkingDirectory = SocketIoFolder };
        using var npm = Process.Start(start)!;
        await npm.WaitForExitAsync();
        if (npm.ExitCode != 0) { throw new InvalidOperationException($"npm ci ended with {npm.ExitCode} in {SocketIoFolder}."); }
    }

    private static void Say(string sentence) => Console.WriteLine(sentence);
}
