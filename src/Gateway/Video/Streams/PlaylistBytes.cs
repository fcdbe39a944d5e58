using System.IO.Compression;
using System.Text;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>A playlist as it is sent: written, and compressed, once at most, when somebody first asks for it.</summary>
internal sealed class PlaylistBytes
{
    private readonly Lazy<byte[]> _plain;
    private readonly Lazy<byte[]> _zipped;

    public PlaylistBytes(Func<string> write)
    {
        _plain = new Lazy<byte[]>(() => Encoding.UTF8.GetBytes(write()));
        _zipped = new Lazy<byte[]>(() => Zip(_plain.Value));
    }

    /// <summary>UTF-8.</summary>
    public ReadOnlyMemory<byte> Plain => _plain.Value;

    /// <summary>The same as gzip.</summary>
    public ReadOnlyMemory<byte> Zipped => _zipped.Value;

    private static byte[] Zip(byte[] plain)
    {
        using var zipped = new MemoryStream(1024);
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true)) { gzip.Write(plain); }
        return zipped.ToArray();
    }
}
