using System.Text.Json;
using LiveCommerce.LoadTester.Running;

namespace LiveCommerce.LoadTester.Reports;

/// <summary>The result for programs: one JSON document.</summary>
internal static class ResultFile
{
    /// <summary>camelCase, indented.</summary>
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static async Task WriteAsync(string path, LoadResult result, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is not null) { Directory.CreateDirectory(folder); }
        await using var file = File.Create(path);
        await JsonSerializer.SerializeAsync(file, Describe(result, at), Json, cancellationToken);
    }

    internal static object Describe(LoadResult result, DateTimeOffset at)
    {
        var (load, meter, scenario) = (result.Load, result.Load.Meter, result.Load.Scenario);
        return new
        {
            At = at,
            Scenario = new
            {
                scenario.Name,
                scenario.About,
                Server = scenario.Server.ToString(),
                scenario.Seed,
                Protocol = scenario.Protocol.ToString(),
                DurationSeconds = scenario.Duration.TotalSeconds,
                scenario.Viewers,
                scenario.Senders,
                Rooms = load.Rooms.Select(room => room.RoomId),
                Groups = scenario.Groups.Select(group => new { group.Name, group.Room, group.Count }),
                Actions = scenario.Actions.Select(action => new { Do = action.Kind.ToString(), action.Room, action.PerSecond }),
            },
            result.LoadSeconds,
            Counts = new
            {
                meter.Joined,
                meter.Reconnects,
                meter.Snapshots,
                meter.Events,
                meter.Batches,
                meter.Bytes,
                meter.Likes,
                meter.Segments,
                meter.MediaBytes,
                meter.Stalls,
                meter.Parts,
                meter.Players,
                meter.PlayersShown,
                meter.PartsStoodStill,
                Chats = Count(load.Chats),
                Gifts = Count(load.Gifts),
                Orders = Count(load.Orders),
            },
            Costs = new { load.Costs.BytesPerViewer, load.Costs.Crowd, load.Costs.CrowdCpu, load.Costs.CpuSeconds, load.Costs.Allocated },
            LatenciesMs = meter.Latencies.Where(one => one.Values.Count > 0).ToDictionary(
                one => one.Name,
                one => new
                {
                    one.Values.Count,
                    P50 = one.Values.Percentile(50) / 1000.0,
                    P90 = one.Values.Percentile(90) / 1000.0,
                    P99 = one.Values.Percentile(99) / 1000.0,
                    P999 = one.Values.Percentile(99.9) / 1000.0,
                    Max = one.Values.Max / 1000.0,
                },
                StringComparer.Ordinal),
            Errors = meter.Errors.ByName().ToDictionary(one => one.Name, one => one.Count, StringComparer.Ordinal),
            Expected = meter.Expected.ByName().ToDictionary(one => one.Name, one => one.Count, StringComparer.Ordinal),
            Series = load.Series.Points,
            result.Checks,
            result.Kept,
        };
    }

    private static object Count(Checks.SendBook book) => new { book.Planned, book.Sent, book.Acknowledged, book.Refused, book.Unknown };
}
