using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.EndToEnd.Tests.Wire;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>FFmpeg missing, dying, and what is left of it when the product goes.</summary>
public sealed class EncoderTests
{
    private const string InstallCommand = "apt-get install ffmpeg";

    [Fact]
    public async Task MissingFfmpeg_IsToldAtStart_AndOnlyPublishingIsRefused()
    {
        await using var stage = await Stage.StartAsync("Sqlite", ("Video__FfmpegPath", "/nowhere/ffmpeg"));

        await Eventually.HoldsAsync(
            () => stage.Product.Output.Any(line => line.Contains(InstallCommand, StringComparison.Ordinal)), "the log names the install command");
        var health = await stage.Streamer.GetAsync<JsonElement>("/health/ready");
        Assert.Equal("degraded", health.GetProperty("status").GetString());
        var encoder = health.GetProperty("parts").GetProperty("encoder");
        Assert.Equal("degraded", encoder.GetProperty("status").GetString());
        Assert.Contains(InstallCommand, encoder.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal("healthy", health.GetProperty("parts").GetProperty("database").GetProperty("status").GetString());

        await using (var camera = await Camera.ConnectAsync(stage.Product.Address, stage.RoomId, stage.Streamer.Cookie))
        {
            var (code, message, closeCode) = await camera.RefusalAsync();
            Assert.Equal(RefusalCode.EncoderMissing, code);
            Assert.Contains(InstallCommand, message, StringComparison.Ordinal);
            Assert.InRange(closeCode!.Value, 4400, 4599);
        }

        Assert.Equal(StreamPhase.Offline, (await stage.RoomAsync()).Stream.Phase);
        var viewer = await stage.RegisterAsync("somebody");
        await viewer.TopUpAsync(100);
        await using var hub = await HubClient.ConnectAsync(stage.Product.Address, viewer.Cookie);
        await hub.JoinAsync(stage.RoomId);
        await hub.CallAsync("Say", new { key = Guid.CreateVersion7(), text = "no picture yet?" });
        await hub.HearAsync("chat", chat => chat.GetProperty("text").GetString() == "no picture yet?");
    }

    [Fact]
    public async Task FfmpegKilledInMidStream_IsFollowedByAnother_AndTheSameBroadcastGoesOn()
    {
        await using var stage = await Stage.StartAsync();
        await using var hub = await HubClient.ConnectAsync(stage.Product.Address);
        await hub.JoinAsync(stage.RoomId);
        var stream = await stage.GoLiveAsync();
        await PhaseAsync(hub, "live", stream);

        Kill(Assert.Single(EncodersOf(stage.Product.ProcessId)));

        // Another encoder begins at the recording's next keyframe: the camera just goes on.
        await stage.Camera.HearAsync("notice");
        await stage.Camera.RecordAsync();
        await Eventually.HoldsAsync(
            async () => (await stage.Streamer.TextAsync($"/live/{stream}/source/list.m3u8")).Contains("#EXT-X-DISCONTINUITY\n", StringComparison.Ordinal),
            "the playlist shows that another encoder goes on");
        Assert.Equal(stream, (await stage.RoomAsync()).Stream.StreamId);
        Assert.Single(EncodersOf(stage.Product.ProcessId));
    }

    [Fact]
    public async Task ProductThatStopsOrIsKilled_LeavesNoFfmpegBehind()
    {
        await using var stage = await Stage.StartAsync();
        await stage.GoLiveAsync();
        var orphan = Assert.Single(EncodersOf(stage.Product.ProcessId));

        await stage.Product.KillAloneAsync();
        await Eventually.HoldsAsync(() => !IsEncoder(orphan), "the encoder has followed the killed product");
        await stage.Product.StartAgainAsync();
        Assert.Empty(EncodersOf(stage.Product.ProcessId));

        await stage.GoLiveAsync();
        var child = Assert.Single(EncodersOf(stage.Product.ProcessId));
        Assert.Equal(0, await stage.Product.StopAsync());
        Assert.False(IsEncoder(child), "The encoder has outlived the orderly end.");
    }

    private static Task<JsonElement> PhaseAsync(HubClient hub, string phase, string streamId) => hub.HearAsync("stream", happened =>
        happened.GetProperty("stream") is var stream
        && stream.GetProperty("phase").GetString() == phase && stream.GetProperty("streamId").GetString() == streamId);

    private static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
    }

    private static IReadOnlyList<int> EncodersOf(int parent) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == parent && IsEncoder(id)),
    ];

    /// <summary>Whether a process is there and reads a recording: thumbnails and checks come and go.</summary>
    private static bool IsEncoder(int processId) => Read(processId, "cmdline").Contains("\0matroska\0", StringComparison.Ordinal);

    // After the name in parentheses, which may hold anything, come the state and the parent.
    private static int ParentOf(int processId) =>
        Read(processId, "stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, { } parent, ..]
            ? int.Parse(parent, CultureInfo.InvariantCulture)
            : 0;

    private static string Read(int processId, string file)
    {
        try { return File.ReadAllText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/{file}"); }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException) { return ""; }
    }
}
