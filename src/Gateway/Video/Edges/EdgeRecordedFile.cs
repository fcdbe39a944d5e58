using LiveCommerce.Gateway.Video.Recordings;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>A file that lies at another gateway, read over HTTP as it goes on: nothing of it is held here.</summary>
internal sealed class EdgeRecordedFile : IRecordedFile
{
    private readonly Func<long, CancellationToken, Task<EdgeBody?>> _open;
    private readonly IDisposable _place;
    private EdgeBody _body;
    private long _at;

    private EdgeRecordedFile(EdgeBody body, long at, Func<long, CancellationToken, Task<EdgeBody?>> open, IDisposable place) =>
        (_body, _at, _open, _place, Length) = (body, at, open, place, body.Total);

    /// <inheritdoc/>
    public long Length { get; }

    /// <summary>Opens it where reading will begin.</summary>
    /// <param name="open">Opens it at a place; null: it is not there.</param>
    /// <param name="place">Given back when it is closed.</param>
    public static async Task<EdgeRecordedFile?> OpenAsync(
        long offset, Func<long, CancellationToken, Task<EdgeBody?>> open, IDisposable place, CancellationToken cancellationToken)
    {
        try
        {
            if (await open(offset, cancellationToken) is { } body) { return new EdgeRecordedFile(body, offset, open, place); }
        }
        catch
        {
            place.Dispose();
            throw;
        }

        place.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<byte> to, long offset, CancellationToken cancellationToken)
    {
        if (offset != _at)
        {
            // A player that wants only a piece of a piece.
            var body = await _open(offset, cancellationToken) ?? throw new IOException("The file is no longer at the other gateway.");
            _body.Dispose();
            (_body, _at) = (body, offset);
        }

        var count = await _body.ReadAsync(to, cancellationToken);
        _at += count;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _body.Dispose();
        _place.Dispose();
    }
}
