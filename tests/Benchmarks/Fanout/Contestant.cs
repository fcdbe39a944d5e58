using System.Diagnostics;

namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>One of those compared.</summary>
/// <param name="Name">In figures.</param>
/// <param name="Title">For people.</param>
/// <param name="Cookies">Of those who write.</param>
/// <param name="Gifts">Whether some messages are gifts.</param>
internal sealed record Contestant(string Name, string Title, ServerProcess Server, Dialect Dialect, IReadOnlyList<string> Cookies, bool Gifts)
{
    /// <summary>Before each run; the product's broadcast must be live.</summary>
    public Func<Task> Prepare { get; init; } = () => Task.CompletedTask;

    /// <summary>Whether it is a .NET program, which can be asked about its memory.</summary>
    public bool IsManaged { get; init; } = true;
}

/// <summary>What one run found.</summary>
/// <param name="Planned">Messages that were due.</param>
/// <param name="Sent">Messages that the server took in that time.</param>
/// <param name="Seconds">Until the last was delivered.</param>
/// <param name="Cpu">Seconds of processor time of the server.</param>
/// <param name="Allocated">Bytes that the server allocated.</param>
/// <param name="Others">Share of the machine that neither server nor viewers used.</param>
internal sealed record FanoutRun(
    Contestant Who, int Viewers, int Rate, int Planned, int Sent, long Delivered, double Seconds, double Cpu, long Allocated, double Others, Tally Inside, Tally Comers, long Refused, string? Refusal)
{
    public double PerCpuSecond => Delivered / Cpu;

    /// <summary>The server could not keep up: latencies are those of its queue.</summary>
    public bool Saturated => Sent < Planned * 0.98 || Inside.All.Percentile(50) > 1_000;

    /// <summary>Frames of one viewer: batches.</summary>
    public double Batches => Inside.Frames / (double)Viewers;
}

/// <summary>What one run over several servers found.</summary>
/// <param name="Expected">Messages to viewers if nothing is lost.</param>
/// <param name="Cpu">Seconds of processor time of all servers.</param>
/// <param name="P99">Milliseconds, at the first of them.</param>
internal sealed record ManyRun(int Sent, long Delivered, long Expected, double Seconds, double Cpu, double P99, long Refused, string? Refusal);

/// <summary>Members of a crowd speak by a schedule, whatever the server does.</summary>
internal static class Talk
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(10);

    // Of the line of all processors in /proc/stat: user, nice, system, then, behind idle and waiting, interrupts and what a host took away.
    private static readonly int[] BusyFields = [1, 2, 3, 6, 7, 8];
    private const int TickMs = 1;
    private static int _next = 1;

    /// <summary>So many messages a second for so long, and until the last is delivered.</summary>
    public static async Task<FanoutRun> RunAsync(Contestant who, Crowd crowd, int listeners, int rate, double seconds)
    {
        var schedule = new Schedule(_next, rate, seconds, who.Gifts ? FanoutPlan.GiftEvery : 0);
        _next += schedule.DueAt.Length;
        using var self = Process.GetCurrentProcess();
        var allocated = who.IsManaged ? who.Server.AllocatedBytes() : 0;
        var (cpu, own, busy) = (who.Server.CpuSeconds(), self.TotalProcessorTime, MachineSeconds());
        var began = Stopwatch.GetTimestamp();
        for (var index = 0; index < schedule.DueAt.Length; index++) { schedule.DueAt[index] = began + (index * Stopwatch.Frequency / rate); }
        crowd.Schedule = schedule;
        await Task.Factory.StartNew(() => Speak(crowd, schedule, listeners, began + (long)(seconds * Stopwatch.Frequency)), TaskCreationOptions.LongRunning);
        var last = await DrainAsync(schedule, listeners);
        cpu = who.Server.CpuSeconds() - cpu;
        self.Refresh();
        var others = (MachineSeconds() - busy - cpu - (self.TotalProcessorTime - own).TotalSeconds) / Stopwatch.GetElapsedTime(began).TotalSeconds / Environment.ProcessorCount;
        return new FanoutRun(
            who, listeners, rate, schedule.DueAt.Length, schedule.Sent, schedule.Groups[0].All.Count, Stopwatch.GetElapsedTime(began, last).TotalSeconds, cpu,
            who.IsManaged ? who.Server.AllocatedBytes() - allocated : 0, Math.Max(0, others), schedule.Groups[0], schedule.Groups[1], schedule.Refused, schedule.FirstRefusal);
    }

    /// <summary>The first member's crowd speaks, and all of them listen: viewers of one room at several gateways.</summary>
    /// <param name="speakers">Members of the first crowd that may speak.</param>
    /// <param name="giftEvery">As of a schedule; 0: no gifts.</param>
    /// <param name="cpuSeconds">Of all servers together, so far.</param>
    public static async Task<ManyRun> RunAsync(IReadOnlyList<Crowd> crowds, int speakers, int rate, double seconds, int giftEvery, Func<double> cpuSeconds)
    {
        var schedules = crowds.Select(_ => new Schedule(_next, rate, seconds, giftEvery)).ToArray();
        _next += schedules[0].DueAt.Length;
        var cpu = cpuSeconds();
        var began = Stopwatch.GetTimestamp();
        foreach (var schedule in schedules)
        {
            for (var index = 0; index < schedule.DueAt.Length; index++) { schedule.DueAt[index] = began + (index * Stopwatch.Frequency / rate); }
        }

        for (var i = 0; i < crowds.Count; i++) { crowds[i].Schedule = schedules[i]; }
        await Task.Factory.StartNew(
            () => Speak(crowds[0], schedules[0], speakers, began + (long)(seconds * Stopwatch.Frequency)), TaskCreationOptions.LongRunning);
        for (var i = 0; i < crowds.Count; i++)
        {
            schedules[i].Sent = schedules[0].Sent;
            await DrainAsync(schedules[i], crowds[i].Count);
        }

        return new ManyRun(
            schedules[0].Sent, schedules.Sum(schedule => schedule.Groups[0].All.Count), schedules[0].Sent * crowds.Sum(crowd => (long)crowd.Count),
            Stopwatch.GetElapsedTime(began).TotalSeconds, cpuSeconds() - cpu, schedules[0].Groups[0].All.Percentile(99), schedules[0].Refused, schedules[0].FirstRefusal);
    }

    private static void Speak(Crowd crowd, Schedule schedule, int listeners, long end)
    {
        using var ticking = new ManualResetEvent(false);
        var speakers = Math.Min(FanoutPlan.Speakers, listeners);
        for (var index = 0; index < schedule.DueAt.Length; index++)
        {
            while (Stopwatch.GetTimestamp() < schedule.DueAt[index] || schedule.Sent - schedule.Answered >= FanoutPlan.InFlightMax)
            {
                if (Stopwatch.GetTimestamp() > end) { return; }
                ticking.WaitOne(TickMs);
            }

            var gift = schedule.IsGift(index);
            var number = schedule.First + index;
            if (crowd.Say(gift ? number / FanoutPlan.GiftEvery % FanoutPlan.Gifters : number % speakers, number, gift)) { schedule.Sent++; }
        }
    }

    // Over when everybody has everything, or nothing more comes.
    private static async Task<long> DrainAsync(Schedule schedule, int listeners)
    {
        var (began, moved, seen) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp(), -1L);
        while (Stopwatch.GetElapsedTime(moved) < Quiet && Stopwatch.GetElapsedTime(began) < DrainPatience)
        {
            var now = schedule.Groups[0].All.Count;
            if (now != seen) { (moved, seen) = (Stopwatch.GetTimestamp(), now); }
            if (now == (long)schedule.Sent * listeners) { break; }
            await Task.Delay(LookEvery, TimeProvider.System);
        }

        return moved;
    }

    private static double MachineSeconds()
    {
        const double TicksPerSecond = 100;
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return BusyFields.Sum(field => long.Parse(fields[field], System.Globalization.CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
