using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Benchmarks;

/// <summary>The least that can serve a page and a hub on the same framework: what the product is compared with.</summary>
internal static class BareServer
{
    /// <summary>With this first argument, this program is that server.</summary>
    public const string Argument = "bare-server";

    public static async Task RunAsync(string address)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        builder.Services.AddSignalR();
        await using var application = builder.Build();
        application.MapGet("/", () => Results.Text("<!doctype html><title>Hello</title>", "text/html"));
        application.MapHub<EchoHub>("/hub/room");
        await application.RunAsync();
    }

    private sealed class EchoHub : Hub
    {
        /// <summary>What is sent goes to everybody, as it came.</summary>
        public Task SendGift(JsonElement gift) => Clients.All.SendAsync("batch", gift);
    }
}
