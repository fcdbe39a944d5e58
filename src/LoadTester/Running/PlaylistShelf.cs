using System.Text;

namespace LiveCommerce.LoadTester.Running;

/// <summary>
/// Playlists as they were read last. Everybody in a room is sent the same bytes, so each is read once and for everyone else compared,
/// which is as strict and a hundred times cheaper.
/// </summary>
internal sealed class PlaylistShelf
{
    /// <summary>Playlists that are remembered: of some rooms, the newest few, whole and delta.</summary>
    public const int KeptMax = 64;

    private readonly Lock _lock = new();
    private readonly Queue<(byte[] Bytes, PartPlaylist Playlist)> _kept = new();

    /// <summary>The playlist that these bytes are.</summary>
    /// <exception cref="InvalidDataException">They are none.</exception>
    public PartPlaylist Read(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (var (known, playlist) in _kept)
            {
                if (bytes.SequenceEqual(known)) { return playlist; }
            }
        }

        var read = PartPlaylist.Read(Encoding.UTF8.GetString(bytes));
        lock (_lock)
        {
            if (_kept.Count == KeptMax) { _kept.Dequeue(); }
            _kept.Enqueue((bytes.ToArray(), read));
        }

        return read;
    }
}
