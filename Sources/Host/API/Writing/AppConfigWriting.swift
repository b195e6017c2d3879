import Model
import Pipeline

extension AppConfigView {
    /// Secrets show as `"set"`, never as what they are.
    func write(to json: inout JSONOutput) {
        json.object { json in
            json.member("version", version)
            json.member("updated_at", updatedAt)
            json.member("updated_by", updatedBy)
            json.name("settings")
            json.object { json in
                for setting in settings {
                    json.name(setting.name)
                    setting.write(to: &json)
                }
            }
            json.member("restart_required", restartRequired)
            json.member("problems", each: problems) { json, problem in
                json.object {
                    $0.member("setting", problem.setting)
                    $0.member("detail", problem.detail)
                }
            }
        }
    }
}

extension AppConfigView.Setting {
    fileprivate func write(to json: inout JSONOutput) {
        json.object {
            $0.member("value", value)
            $0.member("source", source)
            $0.member("restart", needsRestart)
            $0.member("description", summary)
        }
    }
}
