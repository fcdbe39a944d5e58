using LiveCommerce.Gateway.Video.Rtmp;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>A <see cref="VideoHost"/> with a real nginx beside it.</summary>
internal sealed class RtmpHost : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rtmp-").FullName;

    private RtmpHost()
    {
    }

    public VideoHost Video { get; private set; } = null!;

    public int Port { get; } = FreePort.Next();

    public RtmpServer Server => Video.Get<RtmpServer>();

    public static async Task<RtmpHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var host = new RtmpHost();
        host.Video = await VideoHost.StartAsync(
            [("Rtmp:Port", $"{host.Port}"), ("Rtmp:Folder", host._folder), ("Rtmp:Address", "127.0.0.1"), ("SegmentSeconds", "1"), ("Rtmp:StartSeconds", "60"), ("Rtmp:IdleSeconds", "60"), .. settings]);
        await Eventually.True(() => host.Server.State == RtmpState.Ready);
        return host;
    }

    /// <summary>An encoder that publishes in a room with the right key.</summary>
    public RtmpEncoder Publish(string room, int keyframes = 25, int kilobits = 400, bool sound = true, string size = "320x180") =>
        RtmpEncoder.Start(Port, StreamDesk.KeyOf(room), keyframes, kilobits, sound, size);

    public async ValueTask DisposeAsync()
    {
        await Video.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
