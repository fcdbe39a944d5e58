using System.Diagnostics;
using System.Globalization;
using LiveCommerce.Benchmarks.Fanout;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Benchmarks.Video;

/// <summary>
/// What video costs and how late it is: processor time beside the very same FFmpeg commands without the product, blocking reloads of a
/// playlist, memory of those who wait, the age of the picture in Chromium, and how soon the first one comes.
/// </summary>
internal static class VideoBench
{
    private const long FilesWanted = 20_000;
    private const double CpuGoal = 1.10, InstantGoal = 600, LowLatencyGoal = 1_500, ReloadsGoal = 5_000, WaitingGoal = 4, PictureGoal = 1_000, GoLiveGoal = 2_500;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(6);
    private static readonly (string Name, string Value)[] SourceOnly = [("Video__LowerRungsMax", "0"), ("Video__InstantViewersPerAddressMax", "1000")];

    public static async Task RunAsync(Figures figures, VideoPlan plan)
    {
        Native.AllowOpenFiles(FilesWanted);
        var load = ProcessorTime.LoadAverage();
        Say(string.Create(CultureInfo.InvariantCulture, $"Load average {load:0.0} on {Environment.ProcessorCount} cores. Recording a picture …"));
        var length = TimeSpan.FromSeconds((4 * plan.Seconds) + plan.FirstWarmUpSeconds + 60);
        var recording = await PacedCamera.RecordAsync(length);

        if (plan.Has("reloads") || plan.Has("cpu") || plan.Has("glass"))
        {
            await using var room = await LiveRoom.StartAsync(0, 0, SourceOnly);

            // What is cheap to repeat comes first: code is compiled while it runs.
            if (plan.Has("reloads")) { await ReloadsAsync(figures, plan, room, recording, length); }
            if (plan.Has("cpu")) { await CostAsync(figures, plan, room, recording, length, lower: 0, prefix: "cpu."); }
            if (plan.Has("glass")) { await PictureAsync(figures, plan, room); }
        }

        if (plan.Has("ladder"))
        {
            await using var ladder = await LiveRoom.StartAsync(0, 0, ("Video__EncodeCores", "2"), ("Video__BehindMsMax", "10000"));
            await CostAsync(figures, plan, ladder, recording, length, lower: 2, prefix: "cpu.ladder.");
        }

        figures.Add("load_average", [load, ProcessorTime.LoadAverage()], "load");
        DrawGoals(figures);
    }

    /// <summary>The product with its encoders, with nobody watching and with viewers, beside the bare encoders in the same seconds.</summary>
    private static async Task CostAsync(Figures figures, VideoPlan plan, LiveRoom room, byte[] recording, TimeSpan length, int lower, string prefix)
    {
        List<double> alone = [], hls = [], instant = [], bareShare = [], served = [];
        var isShort = lower > 0 && plan.IsQuick;
        for (var round = 1; round <= plan.Rounds; round++)
        {
            Say($"Processor time {(lower > 0 ? "with lower rungs" : "of a copied source")}, round {round} of {plan.Rounds} …");
            await room.WhenAsync(StreamPhase.Offline);
            await using var camera = await PacedCamera.StartAsync(room.Server.Address, room.RoomId, room.StreamerCookie, recording, length);
            await using var bare = await BareEncoders.StartAsync(room.Server, camera, lower);
            var streamId = (await room.WhenAsync(StreamPhase.Live))!;

            if (round == 1) { await WarmUpAsync(room, streamId, TimeSpan.FromSeconds(plan.FirstWarmUpSeconds)); }
            await Task.Delay(VideoPlan.WarmUp, TimeProvider.System);
            if (!isShort) { alone.Add((await CompareAsync(room, bare, plan.Seconds / 2)).Ratio); }
            using (var crowd = new HlsCrowd(room.Server.Address, streamId, VideoPlan.Viewers, HlsHabit.Watch))
            {
                await crowd.WhenServedAsync();
                await Task.Delay(VideoPlan.WarmUp, TimeProvider.System);
                var before = await crowd.CountAsync();
                var (ratio, whole, encoders) = await CompareAsync(room, bare, plan.Seconds);
                var after = await crowd.CountAsync();
                hls.Add(ratio);
                served.Add(whole);
                bareShare.Add(encoders);
                Say(string.Create(CultureInfo.InvariantCulture,
                    $"  LL-HLS: {whole:0.0} % of a core beside {encoders:0.0} %; {(after.Reloads - before.Reloads) / plan.Seconds:0} playlists and {(after.Parts - before.Parts) / plan.Seconds:0} parts a second, {(after.Bytes - before.Bytes) / plan.Seconds / 1e6:0.0} MB/s, {after.Missed - before.Missed} parts missed, {after.Refused - before.Refused} refused"));
            }

            if (isShort) { continue; }
            await using (var crowd = await InstantCrowd.EnterAsync(room.Server.Address, streamId, VideoPlan.Viewers))
            {
                await Task.Delay(VideoPlan.WarmUp, TimeProvider.System);
                var before = crowd.Bytes;
                var (ratio, whole, encoders) = await CompareAsync(room, bare, plan.Seconds);
                instant.Add(ratio);
                Say(string.Create(CultureInfo.InvariantCulture,
                    $"  instant: {whole:0.0} % of a core beside {encoders:0.0} %; {(crowd.Bytes - before) / plan.Seconds / 1e6:0.0} MB/s, {crowd.Lost} lost"));
            }
        }

        figures.Add($"{prefix}vs_ffmpeg", hls, "ratio", CpuGoal);
        if (!isShort)
        {
            figures.Add($"{prefix}instant.vs_ffmpeg", instant, "ratio");
            figures.Add($"{prefix}unwatched.vs_ffmpeg", alone, "ratio");
        }

        figures.Add($"{prefix}whole_percent", served, "percent of a core");
        figures.Add($"{prefix}ffmpeg_percent", bareShare, "percent of a core");
        List<(string, double)> bars = [("bare FFmpeg", Figures.Median(bareShare)), ($"product, {VideoPlan.Viewers} over LL-HLS", Figures.Median(served))];
        if (!isShort)
        {
            bars.Insert(1, ("product, nobody watches", Figures.Median(alone) * Figures.Median(bareShare)));
            bars.Add(($"product, {VideoPlan.Viewers} instant", Figures.Median(instant) * Figures.Median(bareShare)));
        }

        Draw($"Processor time, {(lower > 0 ? "source and two lower rungs" : "copied source")}, per cent of a core", "%", bars);
    }

    /// <summary>Everything is asked for once and often: a server that has just begun compiles its code.</summary>
    private static async Task WarmUpAsync(LiveRoom room, string streamId, TimeSpan time)
    {
        using var hls = new HlsCrowd(room.Server.Address, streamId, VideoPlan.Viewers, HlsHabit.Watch);
        await using var instant = await InstantCrowd.EnterAsync(room.Server.Address, streamId, VideoPlan.Viewers);
        await Task.Delay(time, TimeProvider.System);
    }

    private static async Task<(double Ratio, double Whole, double Bare)> CompareAsync(LiveRoom room, BareEncoders bare, double seconds)
    {
        var (whole, encoders, began) = (ProcessorTime.OfFamily(room.Server.ProcessId), bare.CpuSeconds, Stopwatch.GetTimestamp());
        var time = TimeSpan.FromSeconds(seconds);
        await Task.Delay(time, TimeProvider.System);
        (whole, encoders) = (ProcessorTime.OfFamily(room.Server.ProcessId) - whole, bare.CpuSeconds - encoders);
        var percent = 100 / Stopwatch.GetElapsedTime(began).TotalSeconds;
        return (whole / encoders, whole * percent, encoders * percent);
    }

    /// <summary>Thousands reload one playlist with every part; then the broadcast stands still, and all wait.</summary>
    private static async Task ReloadsAsync(Figures figures, VideoPlan plan, LiveRoom room, byte[] recording, TimeSpan length)
    {
        await room.WhenAsync(StreamPhase.Offline);
        await using var camera = await PacedCamera.StartAsync(room.Server.Address, room.RoomId, room.StreamerCookie, recording, length);
        var streamId = (await room.WhenAsync(StreamPhase.Live))!;
        List<double> perCore = [], perSecond = [], missed = [];
        var time = TimeSpan.FromSeconds(plan.Seconds / 2);
        using (var crowd = new HlsCrowd(room.Server.Address, streamId, VideoPlan.Reloaders, HlsHabit.Reload))
        {
            await crowd.WhenServedAsync();
            for (var round = 1; round <= plan.Rounds; round++)
            {
                Say($"{VideoPlan.Reloaders} viewers reload a playlist, round {round} of {plan.Rounds} …");
                await Task.Delay(VideoPlan.WarmUp, TimeProvider.System);
                var (before, cpu, began) = (await crowd.CountAsync(), room.Server.CpuSeconds(), Stopwatch.GetTimestamp());
                await Task.Delay(time, TimeProvider.System);
                var (after, seconds) = (await crowd.CountAsync(), Stopwatch.GetElapsedTime(began).TotalSeconds);
                var reloads = after.Reloads - before.Reloads;
                perCore.Add(reloads / (room.Server.CpuSeconds() - cpu));
                perSecond.Add(reloads / seconds);
                missed.Add((after.Missed - before.Missed) / (double)VideoPlan.Reloaders);
                Say(string.Create(CultureInfo.InvariantCulture, $"  {perSecond[^1]:N0} a second, {perCore[^1]:N0} a second of a core, {missed[^1]:0.00} parts missed a viewer, {after.Refused - before.Refused} refused"));
            }
        }

        figures.AddAtLeast("reloads_per_s", perCore, "per core·s", ReloadsGoal);
        figures.Add("reloads.answered_per_s", perSecond, "per s");
        figures.Add("reloads.missed_parts", missed, "parts a viewer");
        await WaitingAsync(figures, plan, room, camera, streamId);
    }

    private static async Task WaitingAsync(Figures figures, VideoPlan plan, LiveRoom room, PacedCamera camera, string streamId)
    {
        Say($"{plan.Waiting} viewers wait for a part that does not come …");
        await Task.Delay(Settle, TimeProvider.System);
        var nobody = Rest(room.Server);
        using var crowd = new HlsCrowd(room.Server.Address, streamId, plan.Waiting, HlsHabit.Rest);
        await crowd.WhenServedAsync();
        using (await camera.PauseAsync())
        {
            await Task.Delay(Settle, TimeProvider.System);
            var connected = Rest(room.Server);

            // For three target durations, six seconds, nobody is sent away.
            await crowd.GoOnAsync(HlsHabit.Reload);
            await Task.Delay(Settle, TimeProvider.System);
            var waiting = Rest(room.Server);
            figures.Add("waiting_kb", [(waiting.Heap - connected.Heap) / plan.Waiting / 1024], "KB", WaitingGoal);
            figures.Add("waiting.resident_kb", [(waiting.Resident - connected.Resident) / plan.Waiting / 1024], "KB");
            figures.Add("waiting.with_connection_kb", [(waiting.Heap - nobody.Heap) / plan.Waiting / 1024], "KB");
            figures.Add("waiting.with_connection_resident_kb", [(waiting.Resident - nobody.Resident) / plan.Waiting / 1024], "KB");
            await crowd.GoOnAsync(HlsHabit.Rest);
        }
    }

    private static (double Heap, double Resident) Rest(ServerProcess server)
    {
        var heap = server.Collect();
        return (heap, server.ResidentMegabytes() * 1e6);
    }

    /// <summary>In Chromium, through the studio's own path.</summary>
    private static async Task PictureAsync(Figures figures, VideoPlan plan, LiveRoom room)
    {
        await room.WhenAsync(StreamPhase.Offline);
        Say("Opening the studio in Chromium …");
        await using var glass = await Glass.StartAsync(room.Server.Address, room.RoomId, room.StreamerCookie);
        List<double> goLive = [], pictures = [];
        for (var round = 0; round <= (plan.Openings + 1) / 2; round++)
        {
            Say($"Going live, and a viewer waits, {round} of {(plan.Openings + 1) / 2} …");
            if (round > 0) { await glass.EndAsync(); }
            var took = await glass.GoLiveAsync();

            // The first of each is thrown away: code is compiled while it runs for the first time.
            if (round > 0) { goLive.Add(took); }
        }

        Say($"Opening the room, {plan.Openings} times …");
        for (var round = 0; round <= plan.Openings; round++)
        {
            var took = await glass.OpenUntilPictureAsync();
            if (round > 0) { pictures.Add(took); }
        }

        Dictionary<Way, List<double>> ages = [];
        for (var round = 1; round <= plan.GlassRounds; round++)
        {
            foreach (var way in Enum.GetValues<Way>())
            {
                Say($"The age of the picture, {way}, round {round} of {plan.GlassRounds} …");
                var readings = await glass.ReadAsync(way, CatchUp, TimeSpan.FromSeconds(plan.GlassSeconds));
                if (!ages.TryGetValue(way, out var medians)) { ages[way] = medians = []; }
                medians.Add(Figures.Median(readings));
                Array.Sort(readings);
                Say(string.Create(CultureInfo.InvariantCulture,
                    $"  {readings.Length} readings: median {medians[^1]:0} ms, least {readings[0]:0}, nine of ten at most {readings[(int)(readings.Length * 0.9)]:0}, most {readings[^1]:0}"));
            }
        }

        figures.Add("instant_ms", ages[Way.Instant], "ms", InstantGoal);
        figures.Add("llhls_ms", ages[Way.LowLatency], "ms", LowLatencyGoal);
        figures.Add("hls_ms", ages[Way.Plain], "ms");
        figures.Add("first_picture_ms", pictures, "ms", PictureGoal);
        figures.Add("go_live_ms", goLive, "ms", GoLiveGoal);
        Draw("From the camera to the screen, median", "ms", [.. ages.Select(one => (one.Key switch { Way.Instant => "instant", Way.LowLatency => "LL-HLS", _ => "plain HLS" }, Figures.Median(one.Value)))]);
        Draw("To the first picture, median", "ms", ("opening a room", Figures.Median(pictures)), ("from Go live", Figures.Median(goLive)));
    }

    private static void Draw(string title, string unit, params IReadOnlyList<(string Name, double Value)> bars)
    {
        Console.WriteLine();
        Console.WriteLine($"{title}:");
        var most = bars.Max(bar => bar.Value);
        foreach (var (name, value) in bars)
        {
            Console.WriteLine($"  {name,-28} {Figures.Text(value),9} {unit,-3} {new string('█', Math.Max(1, (int)(value / most * 40)))}");
        }

        Console.WriteLine();
    }

    private static void DrawGoals(Figures figures)
    {
        Console.WriteLine();
        Console.WriteLine("goal                                wanted      found");
        foreach (var figure in figures.All.Where(figure => figure.Goal is not null))
        {
            var wanted = $"{(figure.AtLeast ? "≥" : "≤")} {Figures.Text(figure.Goal!.Value)}";
            Console.WriteLine($"{figure.Name,-30} {wanted,11} {Figures.Text(figure.Value),10}  {figure.Unit,-10} {(figure.Met == true ? "met" : "NOT met")}");
        }
    }

    private static void Say(string sentence) => Console.WriteLine(sentence);
}
