using System.Net;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Tests.Video.Recordings;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Tests;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Replays and clips that lie at another gateway, while much is on its way.</summary>
public sealed class EdgeFileTests
{
    private const string PlaceId = "0190a0b0c0d07000800000000000face";
    private const string Id = "0190a0b0c0d07000800000000000f11e";
    private const int Bytes = 400_000;

    private readonly RecordedRooms _rows = new() { Rooms = { [Id] = VideoHost.NewId() }, PlaceId = PlaceId };
    private readonly Origins _origins;
    private readonly ManualTimeProvider _clock = new();

    public EdgeFileTests() => _origins = new Origins { Recordings = _rows, Told = { [PlaceId] = "http://origin:80" } };

    [Fact]
    public async Task EdgeThatFetchesAllItMay_SaysThatItIsBusy_NotThatNothingIsThere()
    {
        await using var origin = await OtherGateway.StartAsync(_origins, "origin", SendAsync);
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge", ("Edge:FetchBytesMax", "1000000"));
        var full = await FillAsync(edge, origin, leave: 0);

        foreach (var path in (string[])[$"/clips/{Id}.mp4", $"/clips/{Id}.jpg", $"/replays/{Id}/main.m3u8", $"/replays/{Id}/chat"])
        {
            using var refused = await edge.Http.GetAsync(path);
            var text = await refused.Content.ReadAsStringAsync();
            Assert.True(refused.StatusCode == HttpStatusCode.ServiceUnavailable, $"{path}: {refused.StatusCode} {text}");
            Assert.Equal(RefusalCode.Busy, JsonSerializer.Deserialize<Refusal>(text, WireJson.Options)!.Code);
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        }

        foreach (var body in full) { body.Dispose(); }
        Assert.Equal(Bytes, (await edge.Http.GetByteArrayAsync($"/clips/{Id}.mp4")).Length);
    }

    [Fact]
    public async Task FileThatIsReadFromAnotherPlaceOn_NeedsNoMoreSpaceThanItHas_AndGivesItBack()
    {
        await using var origin = await OtherGateway.StartAsync(_origins, "origin", SendAsync);
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge", ("Edge:FetchBytesMax", "1000000"));
        var full = await FillAsync(edge, origin, leave: 1);

        // A range of a clip is read from its own place on.
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/clips/{Id}.mp4");
            request.Headers.Range = new(1_000, 1_099);
            using var answer = await edge.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
            Assert.Equal(Media[1_000..1_100], await answer.Content.ReadAsByteArrayAsync());
        }

        foreach (var body in full) { body.Dispose(); }
    }

    [Theory]
    [InlineData(StatusCodes.Status404NotFound, HttpStatusCode.NotFound, RefusalCode.RecordingNotFound)]
    [InlineData(StatusCodes.Status500InternalServerError, HttpStatusCode.ServiceUnavailable, RefusalCode.Unavailable)]
    [InlineData(StatusCodes.Status401Unauthorized, HttpStatusCode.ServiceUnavailable, RefusalCode.Unavailable)]
    public async Task ClipThatItsGatewayDoesNotGive_IsMissingOnlyWhereThatSaysSo(int status, HttpStatusCode expected, RefusalCode code)
    {
        await using var edge = await VideoHost.StartAsync(_clock, _origins, "edge");
        await using var origin = await OtherGateway.StartAsync(_origins, "origin", context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });

        using var answer = await edge.Http.GetAsync($"/clips/{Id}.mp4");
        Assert.Equal((expected, code), (answer.StatusCode, JsonSerializer.Deserialize<Refusal>(await answer.Content.ReadAsStringAsync(), WireJson.Options)!.Code));
    }

    private static byte[] Media { get; } = [.. Enumerable.Range(0, Bytes).Select(place => (byte)(place % 251))];

    private static Task SendAsync(HttpContext context) =>
        TypedResults.Stream(new MemoryStream(Media, writable: false), "application/octet-stream", enableRangeProcessing: true).ExecuteAsync(context);

    /// <summary>Has as many files open as there is space for, but some.</summary>
    private static async Task<List<EdgeBody>> FillAsync(VideoHost edge, OtherGateway origin, int leave)
    {
        var open = new List<EdgeBody>();
        while (open.Count < (1_000_000 / EdgeClient.PieceBytes) - leave)
        {
            open.Add((await edge.Get<EdgeClient>().OpenAsync(origin.Address, "/edge/recordings/x/y", 0, null, null, default)).Value!);
        }

        return open;
    }
}
