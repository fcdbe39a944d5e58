using System.Globalization;
using LiveCommerce.Gateway.Video.Playback;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>The names that files of recordings have.</summary>
internal static class RecordingNames
{
    /// <summary>Whether a file of this name may lie in this folder; nothing else is ever opened for somebody from outside.</summary>
    public static bool IsOne(string folder, string name)
    {
        if (folder == ClipMaker.Folder)
        {
            var id = Path.GetFileNameWithoutExtension(name);
            return PublicId.IsOne(id) && (name == ClipMaker.FileName(id) || name == ClipMaker.PosterName(id));
        }

        return PublicId.IsOne(folder)
            && (name is RecordingIndex.FileName or ReplayPictures.ListName or ReplayPictures.PosterName
                || IsNumbered(name, "run-", ".mp4", RecordingIndex.RunName) || IsNumbered(name, "sprite-", ".jpg", ReplayPictures.SheetName));
    }

    private static bool IsNumbered(string name, string before, string after, Func<int, string> nameOf) =>
        name.Length > before.Length + after.Length
        && int.TryParse(name.AsSpan(before.Length, name.Length - before.Length - after.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && name == nameOf(number);
}
