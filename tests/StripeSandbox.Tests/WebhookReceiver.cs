using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>A webhook as it came in.</summary>
internal sealed record ReceivedWebhook(byte[] Body, string Signature)
{
    public JsonObject Event { get; } = JsonNode.Parse(Body)!.AsObject();

    public string Id => (string)Event["id"]!;

    public string Type => (string)Event["type"]!;

    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>The product's webhook endpoint: a real server that keeps what it gets.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    public const string Secret = "whsec_sandboxTests0123456789abcdef";

    private readonly Channel<ReceivedWebhook> _received = Channel.CreateUnbounded<ReceivedWebhook>();
    private readonly WebApplication _app;
    private int _refusals;
    private Task _gate = Task.CompletedTask;

    private WebhookReceiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            if (Interlocked.Decrement(ref _refusals) >= 0) { context.Response.StatusCode = 500; }
            await _received.Writer.WriteAsync(new ReceivedWebhook(body.ToArray(), context.Request.Headers["Stripe-Signature"].ToString()));
            await Volatile.Read(ref _gate);
        });
    }

    public Uri Url => new(_app.Urls.First() + "/webhooks");

    public static async Task<WebhookReceiver> Start()
    {
        var receiver = new WebhookReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Answers the next ones with 500.</summary>
    public void RefuseNext(int count) => Volatile.Write(ref _refusals, count);

    /// <summary>Takes webhooks in, but answers them only when this is done.</summary>
    public void AnswerOnlyAfter(Task gate) => Volatile.Write(ref _gate, gate);

    /// <summary>What has come in and was not taken yet.</summary>
    public bool TryTake(out ReceivedWebhook? webhook) => _received.Reader.TryRead(out webhook);

    public async Task<ReceivedWebhook> Next()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        return await _received.Reader.ReadAsync(limit.Token);
    }

    public async Task<List<ReceivedWebhook>> Next(int count)
    {
        var list = new List<ReceivedWebhook>();
        while (list.Count < count) { list.Add(await Next()); }
        return list;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
