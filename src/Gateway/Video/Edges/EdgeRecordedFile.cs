using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Recordings;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>Opens a file of another gateway at a place.</summary>
/// <param name="space">That of the piece that was read before; null: some is taken.</param>
internal delegate Task<Result<EdgeBody>> EdgeOpener(long offset, IDisposable? space, CancellationToken cancellationToken);

/// <summary>A file that lies at another gateway, read over HTTP as it goes on: nothing of it is held here.</summary>
internal sealed class EdgeRecordedFile : IRecordedFile
{
    private readonly EdgeOpener _open;
    private readonly IDisposable _place;
    private EdgeBody? _body;
    private long _at;

    private EdgeRecordedFile(EdgeBody body, long at, EdgeOpener open, IDisposable place) =>
        (_body, _at, _open, _place, Length) = (body, at, open, place, body.Total);

    /// <inheritdoc/>
    public long Length { get; }

    /// <summary>Opens it where reading will begin.</summary>
    /// <param name="place">Given back when it is closed.</param>
    public static async Task<Result<EdgeRecordedFile>> OpenAsync(long offset, EdgeOpener open, IDisposable place, CancellationToken cancellationToken)
    {
        var file = default(EdgeRecordedFile);
        try
        {
            var body = await open(offset, null, cancellationToken);
            if (!body.Ok) { return body.Refusal; }
            return file = new EdgeRecordedFile(body.Value, offset, open, place);
        }
        finally
        {
            if (file is null) { place.Dispose(); }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<byte> to, long offset, CancellationToken cancellationToken)
    {
        if (_body is null || offset != _at)
        {
            // A player that wants only a piece of a piece. Its space goes on with it: there may be no other.
            var space = _body?.Leave();
            _body = null;
            var next = await _open(offset, space, cancellationToken);
            if (!next.Ok) { throw new IOException($"The file can no longer be read at the other gateway. {next.Refusal.Message}"); }
            (_body, _at) = (next.Value, offset);
        }

        var count = await _body.ReadAsync(to, cancellationToken);
        _at += count;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _body?.Dispose();
        _place.Dispose();
    }
}
