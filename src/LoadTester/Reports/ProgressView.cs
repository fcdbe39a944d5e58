using System.Globalization;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Running;
using Spectre.Console;

namespace LiveCommerce.LoadTester.Reports;

/// <summary>Shows a run while it goes: a live table in a terminal, a line every few seconds elsewhere.</summary>
internal sealed class ProgressView(IAnsiConsole console, TimeProvider time)
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private LoadProgress? _newest;
    private long _lineAt;
    private string? _linePhase;

    private bool IsLive => console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi;

    /// <summary>A sentence.</summary>
    public void Tell(string sentence)
    {
        lock (_gate)
        {
            // A live table is redrawn over what is written meanwhile.
            if (_newest is null || !IsLive) { console.MarkupLineInterpolated($"{sentence}"); }
        }
    }

    /// <summary>Where the run is now.</summary>
    public void Show(LoadProgress progress)
    {
        lock (_gate)
        {
            _newest = progress;
            if (IsLive) { return; }
            if (_linePhase == progress.Phase && time.GetElapsedTime(_lineAt) < LineEvery) { return; }
            _linePhase = progress.Phase;
            _lineAt = time.GetTimestamp();
            console.WriteLine(Line(progress));
        }
    }

    /// <summary>Draws until the work is done.</summary>
    public async Task<T> WhileAsync<T>(Func<Task<T>> work)
    {
        if (!IsLive) { return await work(); }
        var working = work();
        while (_newest is null && !working.IsCompleted) { await Pause(working); }
        await console.Live(new Text("")).AutoClear(true).StartAsync(async live =>
        {
            while (!working.IsCompleted)
            {
                live.UpdateTarget(Table(_newest!));
                await Pause(working);
            }
        });
        return await working;
    }

    private Task<Task> Pause(Task working) => Task.WhenAny(working, Task.Delay(TimeSpan.FromMilliseconds(200), time));

    private static string Line(LoadProgress progress)
    {
        var (load, meter) = (progress.Load, progress.Load.Meter);
        return string.Create(CultureInfo.InvariantCulture,
            $"{load.Clock.Micros / 1_000_000,4} s  {progress.Phase}: {meter.Connected} viewers, {load.Chats.Acknowledged}/{load.Chats.Planned} messages, "
            + $"{load.Gifts.Acknowledged}/{load.Gifts.Planned} gifts, {load.Orders.Acknowledged}/{load.Orders.Planned} orders, {meter.Events:N0} events delivered, "
            + $"{meter.Errors.Total} errors, p99 chat {Milliseconds(meter.Chat, 99)} gift {Milliseconds(meter.Gift, 99)}");
    }

    private static Table Table(LoadProgress progress)
    {
        var (load, meter) = (progress.Load, progress.Load.Meter);
        var table = new Table().RoundedBorder().Title($"{Markup.Escape(load.Scenario.Name)}: {progress.Phase}, {load.Clock.Micros / 1_000_000} s").AddColumns("", "done", "p50", "p99", "max");
        AddRow("viewers in rooms", $"{meter.Connected} of {load.Scenario.Viewers + load.Scenario.Senders}", meter.Join);
        if (meter.Reconnects > 0) { AddRow("reconnects", meter.Reconnects.ToString("N0", CultureInfo.InvariantCulture), meter.Rejoin); }
        if (load.Chats.Planned > 0) { AddRow("messages", $"{load.Chats.Acknowledged} of {load.Chats.Planned}", meter.Chat); }
        if (load.Gifts.Planned > 0) { AddRow("gifts", $"{load.Gifts.Acknowledged} of {load.Gifts.Planned}", meter.Gift); }
        if (load.Orders.Planned > 0) { AddRow("orders", $"{load.Orders.Acknowledged} of {load.Orders.Planned}", meter.Order); }
        if (load.Likes.Planned > 0) { AddRow("likes", meter.Likes.ToString("N0", CultureInfo.InvariantCulture), null); }
        if (meter.Segments > 0) { AddRow("segments", $"{meter.Segments:N0}, {meter.Stalls} stalls", meter.Segment); }
        if (meter.Players > 0) { AddRow("parts", $"{meter.Parts:N0}, {meter.Stalls} stalls", meter.Delay); }
        AddRow("events delivered", meter.Events.ToString("N0", CultureInfo.InvariantCulture), null);
        if (load.Series.Points is [.., var last])
        {
            AddRow("a second", string.Create(CultureInfo.InvariantCulture, $"{last.Events:N0} events, {last.Bytes / 1e6:0.0} MB"), null);
            AddRow("this program", string.Create(CultureInfo.InvariantCulture, $"{last.Cpu:0.00} cores, {last.Memory / 1e6:0} MB"), null);
        }

        AddRow("errors", string.Join(", ", meter.Errors.ByName().Take(4).Select(one => $"{one.Name} {one.Count}")), null);
        return table;

        void AddRow(string name, string done, LatencyHistogram? values) => table.AddRow(
            Markup.Escape(name), Markup.Escape(done), values is null ? "" : Milliseconds(values, 50), values is null ? "" : Milliseconds(values, 99),
            values is null ? "" : Milliseconds(values, 100));
    }

    internal static string Milliseconds(LatencyHistogram values, double percent) => values.Count == 0
        ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{values.Percentile(percent) / 1000.0:0.0} ms");
}
