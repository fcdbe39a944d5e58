using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Accounts;

/// <summary>Sessions end by the clock as well.</summary>
public sealed class ExpiryTests
{
    private readonly Calendar _calendar = new();

    [Fact]
    public async Task AccessTokenOfYesterday_IsRefusedAndItsRefreshTokenStillBuysANewOne()
    {
        await using var server = await TestServer.StartAsync(_calendar);
        using var ana = await server.NewVisitor().RegisterAsync("Ana");
        var pair = await ana.PostAsync<TokenPair>("/api/account/token", new { name = "Ana", password = Visitor.Password });
        using var program = server.NewVisitor();
        program.Headers.Authorization = new("Bearer", pair.AccessToken);
        await program.GetAsync<object>("/api/wallet");

        _calendar.Pass(TimeSpan.FromDays(1));

        Assert.Equal(RefusalCode.SessionExpired, (await program.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, "/api/wallet")).Code);
        program.Headers.Authorization = null;
        var next = await program.PostAsync<TokenPair>("/api/account/token/refresh", new { refreshToken = pair.RefreshToken });
        program.Headers.Authorization = new("Bearer", next.AccessToken);
        await program.GetAsync<object>("/api/wallet");
    }

    [Fact]
    public async Task RefreshTokenOfLastMonth_BuysNothing()
    {
        await using var server = await TestServer.StartAsync(_calendar);
        using var ana = await server.NewVisitor().RegisterAsync("Ana");
        var pair = await ana.PostAsync<TokenPair>("/api/account/token", new { name = "Ana", password = Visitor.Password });

        _calendar.Pass(TimeSpan.FromDays(31));

        using var program = server.NewVisitor();
        var refusal = await program.RefusedAsync(
            HttpStatusCode.Unauthorized, HttpMethod.Post, "/api/account/token/refresh", new { refreshToken = pair.RefreshToken });
        Assert.Equal(RefusalCode.SessionExpired, refusal.Code);
    }

    [Fact]
    public async Task ConnectionThatOutlivesItsSession_MayWatchButNotSpeak()
    {
        await using var server = await TestServer.StartAsync(_calendar);
        using var owner = await server.NewVisitor().RegisterAsync("Owner");
        var room = await owner.CreateRoomAsync();
        await using var hub = await HubSocket.ConnectAsync(server.Address, owner.Cookie);
        await hub.JoinAsync(room.RoomId);

        _calendar.Pass(TimeSpan.FromDays(31));

        var said = await hub.CallAsync<ChatReceipt>("Say", new { key = Guid.CreateVersion7(), text = "Still here?" });
        Assert.Equal(RefusalCode.SessionExpired, said.Refusal!.Code);
    }
}
