using System.Diagnostics;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Tests.MessagePack;

/// <summary>The official client, npm <c>@microsoft/signalr-protocol-msgpack</c>, understands us and is understood.</summary>
public sealed class OfficialClientTests
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DriveLimit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task OfficialClient_JoinsSpeaksGivesIsRefusedComesBackIsResumedAndIsClosed()
    {
        await InstallAsync(Folder());
        await using var server = await TestServer.StartAsync();
        using var owner = await server.NewMemberAsync();
        using var ana = await server.NewMemberAsync();
        var room = await owner.CreateRoomAsync();
        await GoLiveAsync(server, room, owner);
        await GiveCoinsAsync(server, ana.Id, 500);

        await DriveAsync("room.mjs", server.Address.ToString(), room.RoomId, ana.Id, await TokenAsync(ana), await TokenAsync(owner));
    }

    [Fact]
    public async Task OfficialClient_StreamsUploadsCancelsFailsAnswersAndIsToldThatItMayComeBack()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSignalR(hub => hub.MaximumParallelInvocationsPerClient = 4);
        builder.Services.AddSingleton<IHubProtocol>(new MessagePackHubProtocol(64 * 1024));
        await using var app = builder.Build();
        app.MapHub<EverythingHub>("/hub");
        await app.StartAsync(TestContext.Current.CancellationToken);

        await DriveAsync("hub.mjs", [$"{app.Urls.Single()}/hub"], () => app.StopAsync(TestContext.Current.CancellationToken));
    }

    private static Task DriveAsync(string script, params string[] arguments) => DriveAsync(script, arguments, () => Task.CompletedTask);

    private static async Task DriveAsync(string script, string[] arguments, Func<Task> whenItSaysStop)
    {
        var folder = Folder();
        await InstallAsync(folder);
        using var driver = Start("node", folder, [script, .. arguments]);
        using var limit = new CancellationTokenSource(DriveLimit);
        try
        {
            var errors = driver.StandardError.ReadToEndAsync(limit.Token);
            List<string> said = [];
            while (await driver.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                said.Add(line);
                if (line == "stop") { await whenItSaysStop(); }
            }

            await driver.WaitForExitAsync(limit.Token);
            Assert.True(driver.ExitCode == 0, await errors);
            Assert.Equal("""{"done":true}""", said[^1]);
        }
        finally
        {
            if (!driver.HasExited) { driver.Kill(entireProcessTree: true); }
        }
    }

    private static async Task InstallAsync(string folder)
    {
        if (Directory.Exists(Path.Combine(folder, "node_modules", "@msgpack", "msgpack"))) { return; }
        using var install = Start("npm", folder, "ci", "--no-audit", "--no-fund", "--loglevel=error");
        using var limit = new CancellationTokenSource(InstallLimit);
        var output = install.StandardOutput.ReadToEndAsync(limit.Token);
        var problems = await install.StandardError.ReadToEndAsync(limit.Token);
        await install.WaitForExitAsync(limit.Token);
        Assert.True(install.ExitCode == 0, problems + await output);
    }

    private static Process Start(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) { start.ArgumentList.Add(argument); }
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    /// <summary>In the checkout, where package.json is.</summary>
    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "official-client", "package.json");
            if (File.Exists(candidate)) { return Path.GetDirectoryName(candidate)!; }
        }

        throw new InvalidOperationException("No official-client/package.json above the test's folder.");
    }

    private static async Task<string> TokenAsync(Visitor visitor) =>
        (await visitor.PostAsync<TokenPair>("/api/account/token", new { name = visitor.Name, password = Visitor.Password })).AccessToken;

    private static async Task GoLiveAsync(TestServer server, RoomView room, Visitor owner)
    {
        var grain = server.Grains.GetGrain<IRoomGrain>(room.RoomId);
        var caller = new Caller(new Person(owner.Id, owner.Name), PlatformRole.Member);
        var lease = await grain.OpenStream(new PublishRequest(caller, null, "gateway-of-the-publisher", TakeOver: false));
        Assert.True(await grain.ReportStream(lease.Value!.StreamId, StreamPhase.Live));
    }

    private static async Task GiveCoinsAsync(TestServer server, string accountId, long coins)
    {
        var entry = new LedgerEntry(
            Guid.CreateVersion7(), 1, LedgerEntryKind.TopUp, LedgerAccount.Clearing(LedgerUnit.Coins),
            [new LedgerLeg(LedgerAccount.Coins(accountId), coins)], 1);
        Assert.Equal(LedgerOutcome.Moved, (await server.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Post(entry)).Outcome);
    }
}
