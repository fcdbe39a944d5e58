using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>A gateway that answers other gateways as the test wants.</summary>
internal sealed class OtherGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _over;

    private OtherGateway(WebApplication app, CancellationTokenSource over) => (_app, _over) = (app, over);

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Starts one that answers as it is told.</summary>
    /// <param name="answer">May wait for the end of its request, which the end of the gateway is too.</param>
    public static async Task<OtherGateway> StartAsync(Origins origins, string name, Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var over = new CancellationTokenSource();
        app.UseWebSockets();
        app.Run(async context =>
        {
            using var aborted = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, over.Token);
            context.RequestAborted = aborted.Token;
            try { await answer(context); }
            catch (Exception) when (aborted.IsCancellationRequested) { context.Abort(); }
        });
        await app.StartAsync();
        var gateway = new OtherGateway(app, over);
        origins.Addresses[$"http://{name}:80"] = gateway.Address;
        return gateway;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _app.DisposeAsync();
        _over.Dispose();
    }
}
