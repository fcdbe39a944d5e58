using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using LiveCommerce.Contracts.Payments;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>A real server in the place of the gateway's webhook endpoint; what it gets goes into the inbox of the silo under test.</summary>
internal sealed class WebhookEndpoint : IAsyncDisposable
{
    public const string Secret = "whsec_siloTests0123456789abcdef";

    private readonly WebApplication _app;

    private WebhookEndpoint(Func<ProviderEvent, ValueTask<bool>> receive)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            using var json = JsonDocument.Parse(body);
            var received = new ProviderEvent(json.RootElement.GetProperty("id").GetString()!, json.RootElement.GetProperty("type").GetString()!, body);
            Received.Add(received);
            if (await receive(received)) { New.Add(received); }
        });
    }

    public Uri Url => new(_app.Urls.First() + "/webhooks");

    /// <summary>Everything that came in.</summary>
    public ConcurrentBag<ProviderEvent> Received { get; } = [];

    /// <summary>What the inbox did not know yet.</summary>
    public ConcurrentBag<ProviderEvent> New { get; } = [];

    public static async Task<WebhookEndpoint> StartAsync(Func<ProviderEvent, ValueTask<bool>> receive)
    {
        var endpoint = new WebhookEndpoint(receive);
        await endpoint._app.StartAsync();
        return endpoint;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
