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

    private PlaylistBytes(byte[] zipped)
    {
        _zipped = new Lazy<byte[]>(zipped);
        _plain = new Lazy<byte[]>(() => Unzip(zipped));
    }

    /// <summary>A playlist that came compressed, and stays as it came.</summary>
    public static PlaylistBytes OfZipped(byte[] zipped) => new(zipped);

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

    private static byte[] Unzip(byte[] zipped)
    {
        using var plain = new MemoryStream(zipped.Length * 4);
        using (var gzip = new GZipStream(new MemoryStream(zipped), CompressionMode.Decompress)) { gzip.CopyTo(plain); }
        return plain.ToArray();
    }
}
