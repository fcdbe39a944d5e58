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
        var (load, meter, plan) = (result.Load, result.Load.Meter, result.Load.Plan);
        return new
        {
            At = at,
            Plan = new
            {
                Server = plan.Server.ToString(),
                load.RoomId,
                plan.Viewers,
                plan.JoinsPerSecond,
                DurationSeconds = plan.Duration.TotalSeconds,
                plan.ChatPerSecond,
                plan.GiftsPerSecond,
                plan.Senders,
                plan.Publish,
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
                Chats = Count(load.Chats),
                Gifts = Count(load.Gifts),
            },
            LatenciesMs = meter.Latencies.Where(one => one.Values.Count > 0).ToDictionary(
                one => one.Name,
                one => new
                {
                    one.Values.Count,
                    P50 = one.Values.Percentile(50) / 1000.0,
                    P90 = one.Values.Percentile(90) / 1000.0,
                    P99 = one.Values.Percentile(99) / 1000.0,
                    Max = one.Values.Max / 1000.0,
                },
                StringComparer.Ordinal),
            Errors = meter.Errors.ByName().ToDictionary(one => one.Name, one => one.Count, StringComparer.Ordinal),
            result.Checks,
            result.Kept,
        };
    }

    private static object Count(Checks.SendBook book) => new { book.Planned, book.Sent, book.Acknowledged, book.Refused, book.Unknown };
}
