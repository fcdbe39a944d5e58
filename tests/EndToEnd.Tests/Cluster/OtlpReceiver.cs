using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.EndToEnd.Tests.Cluster;

/// <summary>A span as it came over the wire.</summary>
/// <param name="Instance">Which process sent it.</param>
/// <param name="Source">Who made it: <c>Npgsql</c>, <c>LiveCommerce.Actors</c>.</param>
/// <param name="Texts">Every text in it: names, and keys and values of its attributes.</param>
internal sealed record ReceivedSpan(string Trace, string Id, string Parent, string Instance, string Role, string Source, string Name, IReadOnlyList<string> Texts);

/// <summary>Takes OTLP over HTTP as protobuf, the small part that a test looks at (opentelemetry-proto, trace.proto and common.proto).</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;

    private OtlpReceiver(WebApplication application) => _application = application;

    public Uri Address => new(_application.Urls.First());

    public ConcurrentQueue<ReceivedSpan> Spans { get; } = new();

    /// <summary>Names of metrics.</summary>
    public ConcurrentDictionary<string, bool> Metrics { get; } = new(StringComparer.Ordinal);

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(builder.Build());
        receiver._application.MapPost("/v1/traces", (HttpContext context) => TakeAsync(context, receiver.TakeTraces));
        receiver._application.MapPost("/v1/metrics", (HttpContext context) => TakeAsync(context, receiver.TakeMetrics));
        await receiver._application.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static async Task TakeAsync(HttpContext context, Action<ReadOnlyMemory<byte>> take)
    {
        Assert.Equal("application/x-protobuf", context.Request.ContentType);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        take(body.ToArray());
        context.Response.ContentType = "application/x-protobuf";
    }

    private void TakeTraces(ReadOnlyMemory<byte> request)
    {
        foreach (var resourceSpans in Fields(request, 1))
        {
            var resource = Fields(resourceSpans, 1).SelectMany(one => Fields(one, 1)).ToDictionary(KeyOf, ValueOf, StringComparer.Ordinal);
            foreach (var scopeSpans in Fields(resourceSpans, 2))
            {
                var source = Text(Fields(Fields(scopeSpans, 1).First(), 1).First());
                foreach (var span in Fields(scopeSpans, 2))
                {
                    var attributes = Fields(span, 9).ToList();
                    var name = Text(Fields(span, 5).First());
                    Spans.Enqueue(new ReceivedSpan(
                        Hex(Fields(span, 1).First()), Hex(Fields(span, 2).First()), Fields(span, 4).Select(Hex).FirstOrDefault(""),
                        resource["service.instance.id"], resource["livecommerce.role"], source, name,
                        [name, .. attributes.Select(KeyOf), .. attributes.Select(ValueOf)]));
                }
            }
        }
    }

    private void TakeMetrics(ReadOnlyMemory<byte> request)
    {
        foreach (var metric in Fields(request, 1).SelectMany(resource => Fields(resource, 2)).SelectMany(scope => Fields(scope, 2)))
        {
            Metrics[Text(Fields(metric, 1).First())] = true;
        }
    }

    private static string KeyOf(ReadOnlyMemory<byte> pair) => Text(Fields(pair, 1).First());

    // Only texts matter here; numbers are read as none.
    private static string ValueOf(ReadOnlyMemory<byte> pair) => Fields(pair, 2).SelectMany(value => Fields(value, 1)).Select(Text).FirstOrDefault("");

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);

    /// <summary>The fields of a message that have this number and a length.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> message, int number)
    {
        while (!message.IsEmpty)
        {
            var tag = Number(ref message);
            var length = (tag & 7) switch
            {
                0 => -1,
                1 => 8,
                2 => (int)Number(ref message),
                5 => 4,
                _ => throw new InvalidDataException($"Wire type {tag & 7}."),
            };
            if (length < 0)
            {
                Number(ref message);
                continue;
            }

            if ((tag & 7) == 2 && tag >> 3 == (ulong)number) { yield return message[..length]; }
            message = message[length..];
        }
    }

    private static ulong Number(ref ReadOnlyMemory<byte> message)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = message.Span[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if ((next & 0x80) == 0) { return value; }
        }
    }
}
