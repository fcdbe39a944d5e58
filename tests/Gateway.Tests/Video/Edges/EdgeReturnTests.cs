using System.Net;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Tests;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Broadcasts that come back after their end, and gateways that hang while two forms of one playlist are waited for.</summary>
public sealed class EdgeReturnTests
{
    private const string Id = "0190a0b0c0d07000800000000000feed";
    private const string Whole = "source/list.m3u8?_HLS_msn=3";
    private const string Update = Whole + "&_HLS_skip=YES";

    private static readonly (string Key, string Value)[] Waits = [("Edge:WaitSeconds", "12"), ("Edge:AnswerSeconds", "4")];

    private readonly ReplayRows _rows = new() { IsTakenDown = true };
    private readonly Origins _origins;
    private readonly ManualTimeProvider _clock = new();

    public EdgeReturnTests() => _origins = new Origins { Recordings = _rows, Told = { [Id] = "http://origin:80" } };

    [Theory]
    [InlineData("replay 1", null, true)]
    [InlineData("live 1", null, false)]
    [InlineData("replay 2", "live 1", true)]
    [InlineData("replay 2", "live 2", true)]
    [InlineData("replay 1", "live 2", false)]
    [InlineData("live 3", "replay 2", true)]
    [InlineData("live 2", "replay 2", false)]
    [InlineData("live 1", "replay 2", false)]
    [InlineData("nothing 3", "replay 2", false)]
    public void WhatWasAskedForLast_SaysWhetherABroadcastIsOver(string said, string? before, bool isNews) =>
        Assert.Equal(isNews, Said(said).IsNewsAfter(before is null ? null : Said(before)));

    [Fact]
    public async Task BroadcastThatComesBack_IsForEverybodyAgainAtOnce_AlsoWhatWasFetchedWhileItWasOver()
    {
        var (state, late) = (EdgeEndpoints.LiveHeader, new TaskCompletionSource());
        using var asked = new SemaphoreSlim(0);
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
        await using var origin = await OtherGateway.StartAsync(_origins, "origin", async context =>
        {
            context.Response.Headers[Volatile.Read(ref state)] = "1";
            if (context.Request.Path.Value!.EndsWith("/9.m4s", StringComparison.Ordinal))
            {
                asked.Release();
                await late.Task.WaitAsync(context.RequestAborted);
            }

            await context.Response.WriteAsync("media");
        });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(edge, "1.m4s"));
        var slow = StatusAsync(edge, "9.m4s");
        await asked.WaitAsync();

        Volatile.Write(ref state, EdgeEndpoints.ReplayHeader);
        _clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var file in (string[])["2.m4s", "1.m4s"]) { Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(edge, file)); }

        // What was asked for before the end says nothing of now.
        late.SetResult();
        Assert.Equal(HttpStatusCode.NotFound, await slow);

        Volatile.Write(ref state, EdgeEndpoints.LiveHeader);
        _clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var file in (string[])["3.m4s", "1.m4s", "2.m4s"]) { Assert.Equal(HttpStatusCode.OK, await StatusAsync(edge, file)); }
    }

    [Fact]
    public async Task OtherFormOfAPlaylist_IsNotWaitedForAgain_AtAGatewayThatHangs()
    {
        using var asked = new SemaphoreSlim(0);
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge", ("Edge:WaitSeconds", "12"));
        await using var origin = await OtherGateway.StartAsync(_origins, "origin", context =>
        {
            asked.Release();
            return context.Request.QueryString.Value!.Contains("skip", StringComparison.Ordinal)
                ? Task.Delay(Timeout.Infinite, context.RequestAborted)
                : context.Response.WriteAsync("too late");
        });

        var update = edge.Http.GetAsync($"/live/{Id}/{Update}");
        await asked.WaitAsync();
        var whole = edge.Http.GetAsync($"/live/{Id}/{Whole}");
        await Eventually.True(() => edge.Get<EdgeDesk>().Waiting == 2);
        _clock.Advance(TimeSpan.FromSeconds(12));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await update).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await whole).StatusCode);
        Assert.Equal(0, asked.CurrentCount);
    }

    [Fact]
    public async Task OtherFormOfAPlaylist_HasWhatIsLeftOfOneWait()
    {
        using var asked = new SemaphoreSlim(0);
        var came = new TaskCompletionSource();
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge", Waits);
        await using var origin = await StartOneByOneAsync(asked, came.Task, Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken));
        var whole = await WaitForBothAsync(edge, asked, came, TimeSpan.FromSeconds(6));

        // It hangs as well, and is given up when both have had their twelve seconds.
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await whole.WaitAsync(TimeSpan.FromMinutes(1))).StatusCode);
    }

    [Fact]
    public async Task OtherFormOfAPlaylist_HasTheTimeOfAnyAnswer_WhenTheWaitIsNearlyUsedUp()
    {
        using var asked = new SemaphoreSlim(0);
        var (came, next) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge", Waits);
        await using var origin = await StartOneByOneAsync(asked, came.Task, next.Task);
        var whole = await WaitForBothAsync(edge, asked, came, TimeSpan.FromSeconds(11.9));

        _clock.Advance(TimeSpan.FromSeconds(3));
        next.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await whole.WaitAsync(TimeSpan.FromMinutes(1))).StatusCode);
    }

    [Fact]
    public async Task GatewayThatWasGivenLessThanAWait_IsNotTakenForSilent()
    {
        using var asked = new SemaphoreSlim(0);
        var came = new TaskCompletionSource();
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge", Waits);
        await using var origin = await StartOneByOneAsync(asked, came.Task, Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken));
        var whole = await WaitForBothAsync(edge, asked, came, TimeSpan.FromSeconds(11.9));
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await whole.WaitAsync(TimeSpan.FromMinutes(1))).StatusCode);

        // Nobody else says where the broadcast is.
        _origins.Told.Clear();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(edge, "1.m4s"));
    }

    /// <summary>A gateway that waits for one thing in one form of a playlist, and for another in the other.</summary>
    private Task<OtherGateway> StartOneByOneAsync(SemaphoreSlim asked, Task forUpdate, Task forWhole) => OtherGateway.StartAsync(_origins, "origin", async context =>
    {
        if (context.Request.QueryString.Value is { Length: > 0 } query)
        {
            asked.Release();
            await (query.Contains("skip", StringComparison.Ordinal) ? forUpdate : forWhole).WaitAsync(context.RequestAborted);
        }

        await context.Response.WriteAsync("#EXTM3U");
    });

    /// <summary>Waits for an update, which comes after so long, and for the whole playlist, which is asked for then.</summary>
    /// <returns>The answer to the second.</returns>
    private async Task<Task<HttpResponseMessage>> WaitForBothAsync(VideoHost edge, SemaphoreSlim asked, TaskCompletionSource came, TimeSpan after)
    {
        var update = edge.Http.GetAsync($"/live/{Id}/{Update}");
        await asked.WaitAsync();
        var whole = edge.Http.GetAsync($"/live/{Id}/{Whole}");
        await Eventually.True(() => edge.Get<EdgeDesk>().Waiting == 2);
        _clock.Advance(after);
        came.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await update).StatusCode);
        await asked.WaitAsync();
        return whole;
    }

    private static EdgeAnswer Said(string what)
    {
        var words = what.Split(' ');
        return new EdgeAnswer { Status = 200, IsReplay = words[0] == "replay", IsLive = words[0] == "live", AskedAt = words[1][0] - '0' };
    }

    private static async Task<HttpStatusCode> StatusAsync(VideoHost host, string file)
    {
        using var answer = await host.Http.GetAsync($"/live/{Id}/source/{file}");
        return answer.StatusCode;
    }
}
