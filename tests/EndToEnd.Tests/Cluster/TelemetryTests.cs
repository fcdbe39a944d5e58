using System.Text.Json;
using System.Text.RegularExpressions;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.EndToEnd.Tests.Wire;

namespace LiveCommerce.EndToEnd.Tests.Cluster;

/// <summary>What those who watch over several processes get to see.</summary>
public sealed partial class TelemetryTests
{
    [Fact]
    public async Task OneGift_IsOneTraceFromTheBrowserToTheDatabase_AndEveryDashboardHasItsFigures()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var cluster = await SmallCluster.StartAsync(
            ("Telemetry__OtlpEndpoint", receiver.Address.ToString()), ("Telemetry__TraceShare", "1"), ("Telemetry__SendEverySeconds", "1"),
            ("Telemetry__LogFormat", "Json"));
        await cluster.ServedAsync();
        var address = cluster.Gateways[0].Address;
        using var streamer = await new ApiClient(address).RegisterAsync("Anastasia");
        using var viewer = await new ApiClient(address).RegisterAsync("Benedict");
        var room = await streamer.PostAsync<RoomView>("/api/rooms", new { title = "Cups", category = "home" }, Guid.CreateVersion7());
        await viewer.TopUpAsync(500);
        var gift = (await viewer.GetAsync<GiftPanel>("/api/gifts")).Gifts[0];
        await using var camera = await Camera.ConnectAsync(address, room.RoomId, streamer.Cookie);
        await camera.ReadyAsync();
        await camera.RecordAsync();
        await Eventually.HoldsAsync(
            async () => (await viewer.GetAsync<RoomView>($"/api/rooms/{room.RoomId}")).Stream.Phase == StreamPhase.Live, "the room is live");
        await using var hub = await HubClient.ConnectAsync(address, viewer.Cookie);
        await hub.JoinAsync(room.RoomId);
        await hub.CallAsync("Say", new { roomId = room.RoomId, key = Guid.CreateVersion7(), text = "hello" });

        // As a browser does it: the trace begins with it.
        var trace = Convert.ToHexStringLower(Guid.CreateVersion7().ToByteArray());
        using (var given = await viewer.SendAsync(
            HttpMethod.Post, $"/api/rooms/{room.RoomId}/gifts", new { giftId = gift.GiftId, quantity = 1, unitPrice = gift.Price }, Guid.CreateVersion7(),
            ("traceparent", $"00-{trace}-00f067aa0ba902b7-01")))
        {
            Assert.True(given.IsSuccessStatusCode);
        }

        // Three processes send what they have each for itself.
        await Eventually.HoldsAsync(() => IsWhole(Of(receiver, trace)), "the gift's trace goes from the request over the grain to the commit's statements");
        NothingPersonal(receiver, [streamer.Id, viewer.Id, "Anastasia", "Benedict", room.RoomId, ApiClient.Password, "hello"]);

        await DashboardsAsync(cluster, receiver);
        LogLinesAreJson(cluster);
    }

    // Spans of one trace, whichever process sent them.
    private static List<ReceivedSpan> Of(OtlpReceiver receiver, string trace) => [.. receiver.Spans.Where(span => span.Trace == trace)];

    private static bool IsWhole(List<ReceivedSpan> spans) =>
        spans.Find(span => span is { Source: "Microsoft.AspNetCore", Role: "gateway" }) is { } request
        && Route().Replace(request.Name, "{roomId}") == "POST /api/rooms/{roomId}/gifts"
        && spans.Exists(span => span is { Source: "LiveCommerce.Actors", Role: "silo", Name: "IGiftDesk.Send" } && span.Parent == request.Id)
        && spans.Exists(span => span is { Source: "Npgsql", Role: "silo" } && IsUnder("ledger commit", span, spans) && IsUnder("IGiftDesk.Send", span, spans));

    private static bool IsUnder(string name, ReceivedSpan? span, List<ReceivedSpan> spans)
    {
        while (span is not null && span.Name != name)
        {
            var parent = span.Parent;
            span = spans.Find(other => other.Id == parent);
        }

        return span is not null;
    }

    private static void NothingPersonal(OtlpReceiver receiver, string[] secrets)
    {
        foreach (var span in receiver.Spans)
        {
            Assert.DoesNotContain(span.Texts, text => secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal)));
        }
    }

    private static async Task DashboardsAsync(SmallCluster cluster, OtlpReceiver receiver)
    {
        using var http = new HttpClient();
        var folder = Path.Combine(Checkout.Root, "docker/dashboards");
        var named = Directory.EnumerateFiles(folder, "*.json").SelectMany(ExpressionsOf)
            .Concat(File.ReadLines(Path.Combine(folder, "alerts.yml")).Where(line => line.TrimStart().StartsWith("expr:", StringComparison.Ordinal)))
            .SelectMany(expression => Metric().Matches(Labels().Replace(expression, ""))).Select(match => match.Value).Distinct(StringComparer.Ordinal).ToList();
        Assert.True(named.Count >= 15, $"The dashboards name {named.Count} metrics.");

        // Some are there once something has happened that they count, as a silo's first look at the others.
        var there = new HashSet<string>(StringComparer.Ordinal);
        string[] missing = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                foreach (var process in cluster.Silos.Concat(cluster.Gateways))
                {
                    foreach (var line in (await http.GetStringAsync(new Uri(process.Address, "/metrics"))).Split('\n'))
                    {
                        if (line.StartsWith("# TYPE ", StringComparison.Ordinal)) { there.Add(line.Split(' ')[2]); }
                    }
                }

                missing = [.. named.Where(name => !there.Contains(name) && !there.Contains(Parts().Replace(name, "")))];
                return missing.Length == 0;
            },
            () => $"the processes have what the dashboards name; missing: {string.Join(", ", missing)}");
        await Eventually.HoldsAsync(() => receiver.Metrics.ContainsKey("livecommerce.viewers") && receiver.Metrics.ContainsKey("livecommerce.ledger.commit.duration"), "metrics come as OTLP too");
    }

    private static IEnumerable<string> ExpressionsOf(string file)
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(file));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)];
    }

    private static void LogLinesAreJson(SmallCluster cluster)
    {
        var lines = cluster.Silos[0].Output.Where(line => line.StartsWith('{')).ToList();
        Assert.NotEmpty(lines);
        Assert.All(lines, line =>
        {
            using var json = JsonDocument.Parse(line);
            Assert.True(json.RootElement.TryGetProperty("EventId", out _) && json.RootElement.TryGetProperty("Message", out _), line);
        });
    }

    [GeneratedRegex("(livecommerce|http_server|db_client|dotnet|process)_[a-z0-9_]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Metric();

    [GeneratedRegex(@"by \([^)]*\)|\{[^}]*\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Labels();

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parts();

    [GeneratedRegex(@"\{[a-zA-Z]+(:[a-z]+)?\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Route();

    private sealed record GiftPanel(IReadOnlyList<GiftItem> Gifts);
}
