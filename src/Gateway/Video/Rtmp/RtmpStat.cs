using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>What nginx knows of one stream.</summary>
/// <param name="Name">The name that we gave it.</param>
/// <param name="IsPublished">Whether its encoder is there.</param>
/// <param name="Players">Connections that fetch it, or wait for it.</param>
/// <param name="BytesIn">Received since it began.</param>
/// <param name="TimestampMs">The publisher's own clock, newest.</param>
/// <param name="Picture">Null while no picture has announced itself.</param>
/// <param name="Sound">Null while no sound has announced itself.</param>
internal sealed record RtmpStream(string Name, bool IsPublished, int Players, long BytesIn, long TimestampMs, RtmpPicture? Picture, RtmpSound? Sound);

/// <summary>A picture track as its header and metadata tell.</summary>
/// <param name="Codec">As nginx names it: H264.</param>
/// <param name="Profile">Of H.264: Baseline, Main, High; empty for others, and while the header is on its way.</param>
internal sealed record RtmpPicture(string Codec, string Profile, int Width, int Height, double FramesPerSecond);

/// <summary>A sound track as its header and metadata tell.</summary>
/// <param name="Codec">As nginx names it: AAC.</param>
/// <param name="Profile">Of AAC: LC, HE; empty for others, and while the header is on its way.</param>
internal sealed record RtmpSound(string Codec, string Profile, int SampleRate, int Channels);

/// <summary>Reads what nginx's statistics page says.</summary>
internal static class RtmpStat
{
    /// <summary>Bytes of the page. A stream with its players has about 2,000.</summary>
    public const int BytesMax = 4 * 1024 * 1024;

    /// <summary>The streams; null: no readable page.</summary>
    public static IReadOnlyList<RtmpStream>? Parse(string xml)
    {
        try
        {
            using var text = new StringReader(xml);
            using var reader = XmlReader.Create(text, new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = BytesMax,
            });
            return
            [
                .. XDocument.Load(reader).Descendants("stream")
                    .Where(stream => stream.Element("name") is not null)
                    .Select(Read),
            ];
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static RtmpStream Read(XElement stream)
    {
        var meta = stream.Element("meta");
        var publisher = stream.Elements("client").FirstOrDefault(client => client.Element("publishing") is not null);
        return new RtmpStream(
            stream.Element("name")!.Value, publisher is not null, stream.Elements("client").Count() - (publisher is null ? 0 : 1), Number(stream, "bytes_in"), Number(publisher, "timestamp"), Picture(meta?.Element("video")), Sound(meta?.Element("audio")));
    }

    private static RtmpPicture? Picture(XElement? video) => video?.Element("codec") is { Value.Length: > 0 } codec
        ? new RtmpPicture(codec.Value, video.Element("profile")?.Value ?? "", (int)Number(video, "width"), (int)Number(video, "height"), Number(video, "frame_rate"))
        : null;

    private static RtmpSound? Sound(XElement? audio) => audio?.Element("codec") is { Value.Length: > 0 } codec
        ? new RtmpSound(codec.Value, audio.Element("profile")?.Value ?? "", (int)Number(audio, "sample_rate"), (int)Number(audio, "channels"))
        : null;

    /// <summary>0 when it is absent or no number that can be.</summary>
    private static long Number(XElement? parent, string name) =>
        decimal.TryParse(parent?.Element(name)?.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= int.MaxValue * 1000L
            ? (long)number
            : 0;
}
